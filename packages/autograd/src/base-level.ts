import { type Reachable, Tensor, type Value } from '@chainrule/tensor'
import { GradientLevel, TapeTrace } from './gradient-level.js'
import { LeafValue } from './leaf-value.js'

/** A leaf's place on the base tape: where the leaf goes, its gradient goes. */
class LeafTrace extends TapeTrace {
  override reach(reachable: Reachable): void {
    const gradient = this.value instanceof LeafValue ? this.value.get() : undefined
    if (gradient instanceof Tensor) reachable.add(gradient)
  }
}

class BaseLevel extends GradientLevel {
  protected override traceFor(value: Value): TapeTrace {
    return value instanceof LeafValue ? new LeafTrace(this, value) : super.traceFor(value)
  }
}

/** The level under all others: the tape behind `backward`. */
export const baseLevel: GradientLevel = new BaseLevel()

/** The leaf that a tensor is on the base tape, if it is one. */
export const leafOf = (tensor: Tensor): LeafValue | undefined => {
  const value = baseLevel.valueOf(tensor)
  return value instanceof LeafValue ? value : undefined
}
