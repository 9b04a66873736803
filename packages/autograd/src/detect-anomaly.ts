import {
  adopt,
  ChainruleError,
  isFloating,
  labelOf,
  numberOf,
  type OpEvent,
  type Recorder,
  showShape,
  startObserver,
  type Tensor,
} from '@chainrule/tensor'
import { startAnomalyWatch, walkingNode } from './anomaly-watch.js'
import { callLine } from './call-line.js'
import { snapshot } from './snapshot.js'

/** NaN or infinity where there should be numbers. Code `ANOMALY`. */
export class AnomalyError extends ChainruleError {
  /** @param message - the op, its inputs, the line that called it */
  constructor(message: string) {
    super('ANOMALY', message)
  }
}

/** What was seen of one op on a device that cannot be read at once. */
interface Pending {
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
  readonly hasInfiniteNumber: boolean
  readonly report: (value: number) => AnomalyError
}

const isBad = (value: number): boolean => !Number.isFinite(value)

/** The first NaN or, without one, the first infinity. */
const worst = (data: ArrayLike<number>): number | undefined => {
  let infinite: number | undefined
  for (let place = 0; place < data.length; place++) {
    const value = data[place] ?? 0
    if (Number.isNaN(value)) return value
    if (isBad(value)) infinite ??= value
  }
  return infinite
}

/** Whether an op was given infinity as a number, such as what a mask is filled with. */
const hasInfiniteNumber = ({ attributes }: OpEvent): boolean =>
  ('cells' in attributes && attributes.cells.some((value) => isBad(numberOf(value)))) ||
  ('value' in attributes && isBad(attributes.value))

const reporter = (event: OpEvent): ((value: number) => AnomalyError) => {
  const walking = walkingNode()
  const line = (walking === undefined ? callLine() : walking.line) ?? 'from an unknown line'
  const shapes = event.inputs.map(({ shape, dtype }) => `${dtype} ${showShape(shape)}`).join(', ') || 'no inputs'
  const label = labelOf(event.op, event.attributes as never)
  return (value) =>
    new AnomalyError(
      walking === undefined
        ? `${label}: gave ${value} from ${shapes}, expected finite numbers. Called ${line}.`
        : `${walking.label}: its gradient gave ${value} (in ${label} of ${shapes}), expected finite numbers. ` +
            `The forward op was called ${line}.`,
    )
}

/** Watches every op for NaN, and for infinity that was not among its inputs. */
class AnomalyWatcher implements Recorder {
  readonly kind = 'observer'
  readonly #pending: Pending[] = []

  op(event: OpEvent): void {
    const outputs = event.outputs.filter(({ dtype, isAbstract }) => isFloating(dtype) && !isAbstract)
    const inputs = event.inputs.filter(({ dtype }) => isFloating(dtype))
    if (outputs.some(({ home }) => home.readSync === undefined)) {
      const keep = (tensor: Tensor): Tensor => {
        const kept = snapshot(tensor)
        adopt(kept)
        return kept
      }
      this.#pending.push({
        inputs: inputs.map(keep),
        outputs: outputs.map(keep),
        hasInfiniteNumber: hasInfiniteNumber(event),
        report: reporter(event),
      })
      return
    }
    for (const output of outputs) {
      const bad = worst(output.dataSync())
      if (bad === undefined) continue
      const known = hasInfiniteNumber(event) || inputs.some((input) => worst(input.dataSync()) !== undefined)
      if (Number.isNaN(bad) || !known) throw reporter(event)(bad)
    }
  }

  /** Looks at what could not be read at once, first op first. */
  async settle(): Promise<void> {
    for (const { inputs, outputs, hasInfiniteNumber, report } of this.#pending) {
      for (const output of outputs) {
        const bad = worst(await output.data())
        if (bad === undefined) continue
        const given = await Promise.all(inputs.map((input) => input.data()))
        const known = hasInfiniteNumber || given.some((data) => worst(data) !== undefined)
        if (Number.isNaN(bad) || !known) throw report(bad)
      }
    }
  }

  /** Drops what was kept. */
  release(): void {
    for (const { inputs, outputs } of this.#pending) for (const tensor of [...inputs, ...outputs]) tensor.dispose()
  }
}

/**
 * Runs a function, forward and backward, and throws at the first op that gives NaN, or infinity without having been given it
 * (as masks are). Every result is read, so this is slow: a tool for finding the line. Programs that `compile` replays run
 * without ops and are not looked into.
 *
 * @param run - the function; it may be async
 * @returns its result
 * @throws AnomalyError naming the op, the shapes of its inputs and the line that called it
 * @see https://pytorch.org/docs/stable/autograd.html#torch.autograd.detect_anomaly
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
  const stopObserver = startObserver(watcher)
  const stopWatch = startAnomalyWatch()
  try {
    const result = await run()
    await watcher.settle()
    return result
  } finally {
    stopObserver()
    stopWatch()
    watcher.release()
  }
}
