import {
  ChainruleError,
  isFloating,
  labelOf,
  type OpEvent,
  type Recorder,
  showShape,
  startObserver,
  type Tensor,
} from '@chainrule/tensor'
import { setAnomalyWalk } from './anomaly-walk.js'
import { baseLevel } from './base-level.js'
import { callLine } from './call-line.js'
import { snapshot } from './gradient-level.js'
import type { TapeNode } from './tape-node.js'

/** NaN or infinity where there should be numbers. Code `ANOMALY`. */
export class AnomalyError extends ChainruleError {
  /** @param message - the op, its inputs, the line that called it */
  constructor(message: string) {
    super('ANOMALY', message)
  }
}

/** What was seen of one op on a device that cannot be read at once. */
interface Pending {
  readonly outputs: readonly Tensor[]
  readonly report: () => AnomalyError
}

const firstBad = (data: ArrayLike<number>): number | undefined => {
  for (let place = 0; place < data.length; place++) {
    const value = data[place]
    if (value !== undefined && !Number.isFinite(value)) return value
  }
  return undefined
}

/** Watches every op for results that are not finite though its inputs are. */
class AnomalyWatcher implements Recorder {
  readonly kind = 'observer'
  readonly pending: Pending[] = []
  walking: TapeNode | undefined

  op(event: OpEvent): void {
    const outputs = event.outputs.filter(({ dtype }) => isFloating(dtype))
    const line = this.walking === undefined ? callLine() : this.walking.line
    const { walking } = this
    const shapes = event.inputs.map(({ shape, dtype }) => `${dtype} ${showShape(shape)}`).join(', ') || 'no inputs'
    const label = labelOf(event.op, event.attributes as never)
    const report = (value: number): AnomalyError =>
      new AnomalyError(
        walking === undefined
          ? `${label}: gave ${value} from ${shapes}, expected finite numbers. Called ${line ?? 'from an unknown line'}.`
          : `${walking.label}: its gradient gave ${value} (in ${label} of ${shapes}), expected finite numbers. ` +
              `The forward op was called ${line ?? 'from an unknown line'}.`,
      )
    for (const output of outputs) {
      if (output.home.readSync === undefined) {
        this.pending.push({ outputs: [snapshot(output)], report: () => report(Number.NaN) })
        continue
      }
      const bad = firstBad(output.dataSync())
      if (bad !== undefined) throw report(bad)
    }
  }

  /** Looks at what could not be read at once, first op first. */
  async settle(): Promise<void> {
    for (const { outputs, report } of this.pending) {
      for (const output of outputs) if (firstBad(await output.data()) !== undefined) throw report()
    }
  }
}

/**
 * Runs a function, forward and backward, and throws at the first NaN or infinity that an op gives.
 *
 * @param run - the function; it may be async
 * @returns its result
 * @throws AnomalyError naming the op, the shapes of its inputs and the line that called it
 *
 * @example
 * ```ts
 * import { detectAnomaly } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * const message = await detectAnomaly(() => tensor([0]).log()).catch((error) => error.message)
 * console.log(message.startsWith('log: gave -Infinity')) // true
 * ```
 */
export const detectAnomaly = async <T>(run: () => T | Promise<T>): Promise<T> => {
  const watcher = new AnomalyWatcher()
  const stop = startObserver(watcher)
  baseLevel.onNode = (node) => {
    node.line = callLine()
  }
  setAnomalyWalk((node, visit) => {
    watcher.walking = node
    try {
      return visit()
    } finally {
      watcher.walking = undefined
    }
  })
  try {
    return await run()
  } finally {
    stop()
    baseLevel.onNode = undefined
    setAnomalyWalk(undefined)
    await watcher.settle()
  }
}
