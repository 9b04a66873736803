import type { Lowering } from './lowering.js'
import { apply, applyOne } from './apply.js'
import { activeGradients, recordForGradients, withoutGradients } from './recorder.js'
import type { Tensor } from './tensor.js'
import type { TensorSpec } from './tensor-layout.js'

/** What a composite's hand-written derivative is given. */
export interface CompositeContext<Options> {
  readonly options: Options
  /** The inputs that `saves` names; others are undefined. */
  readonly inputs: readonly (Tensor | undefined)[]
  /** The outputs that `saves` names; others are undefined. */
  readonly outputs: readonly (Tensor | undefined)[]
  /** Which inputs need a gradient. */
  readonly needs: readonly boolean[]
}

/**
 * A function of other ops (its meaning), with an optional fused lowering (its speed) and an optional derivative,
 * itself written with ops. Without a derivative, the meaning is differentiated.
 */
export interface Composite<Options = unknown> {
  readonly name: string
  /** What it computes, as ops. */
  meaning(inputs: readonly Tensor[], options: Options): readonly Tensor[]
  /** One pass over memory that computes the same. */
  readonly fused?: {
    /** Shape and dtype of each output. */
    infer(inputs: readonly Tensor[], options: Options): readonly TensorSpec[]
    /** The kernels. */
    lower(build: Lowering, options: Options): void
  }
  /** Which inputs and outputs `vjp` and `jvp` read; all unless given. */
  readonly saves?: { readonly inputs: readonly number[]; readonly outputs: readonly number[] }
  /** Gradients of the inputs from those of the outputs (undefined: none flowed). */
  vjp?(context: CompositeContext<Options>, gradients: readonly (Tensor | undefined)[]): readonly (Tensor | undefined)[]
  /** Tangents of the outputs from those of the inputs (undefined: zero). */
  jvp?(context: CompositeContext<Options>, tangents: readonly (Tensor | undefined)[]): readonly (Tensor | undefined)[]
}

/**
 * Carries a composite out. With a fused form all recorders see one op; without, levels of differentiation see one op
 * and captures and observers see the ops of its meaning.
 */
export const applyComposite = <Options>(
  composite: Composite<Options>,
  inputs: readonly Tensor[],
  options: Options,
): readonly Tensor[] => {
  const attributes = { composite: composite as Composite, options }
  if (composite.fused !== undefined) return apply('composite', inputs, attributes)
  if (activeGradients().length === 0) return composite.meaning(inputs, options)
  const outputs = withoutGradients(() =>
    composite
      .meaning(inputs, options)
      .map((output) => (inputs.includes(output) ? applyOne('identity', [output], { copy: false }) : output)),
  )
  recordForGradients({ op: 'composite', inputs, outputs, attributes })
  return outputs
}
