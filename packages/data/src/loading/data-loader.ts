import { ArgumentError, StateDictError, Tensor } from '@chainrule/tensor'
import { checkCount, checkSeed } from '../check-options.js'
import { permutation } from '../random/permutation.js'
import { RandomSource } from '../random/random-source.js'
import type { BatchOf } from './dataset.js'
import { isDataset } from './is-dataset.js'
import { stackSamples } from './stack-samples.js'
import { countRows, gatherRows } from './tensor-rows.js'

/** Options of {@link DataLoader}. */
export interface DataLoaderOptions {
  /** Samples in a batch; 1 by default. */
  readonly batchSize?: number
  /** A new random order in each epoch; false by default. */
  readonly shuffle?: boolean
  /** The same seed gives the same orders; 0 by default. */
  readonly seed?: number
  /** Leave out the last batch of an epoch where it is not full; false by default. */
  readonly dropLast?: boolean
  /** Leave batches alive when the next one is asked for; false by default. */
  readonly keepBatches?: boolean
}

/** Where a loader stands; plain numbers, to be saved with a checkpoint. */
export interface DataLoaderState {
  readonly seed: number
  readonly epoch: number
  /** Samples of the epoch that were handed out. */
  readonly position: number
  /** Samples of the dataset. */
  readonly samples: number
  readonly shuffle: boolean
}

/** Number of samples, and how to put some of them side by side. */
interface Batches {
  readonly samples: number
  readonly batch: (indices: Uint32Array) => unknown
}

const batchesOf = (source: object): Batches => {
  if (Array.isArray(source)) {
    const samples: readonly unknown[] = source
    return { samples: samples.length, batch: (indices) => stackSamples(Array.from(indices, (index) => samples[index])) }
  }
  if (isDataset(source)) {
    return {
      samples: source.length,
      batch: (indices) => source.batch?.(indices) ?? stackSamples(Array.from(indices, (index) => source.get(index))),
    }
  }
  return { samples: countRows(source, 'DataLoader'), batch: (indices) => gatherRows(source, indices) }
}

const disposeAll = (batch: unknown): void => {
  if (batch instanceof Tensor) batch.dispose()
  else if (typeof batch === 'object' && batch !== null) Object.values(batch).forEach(disposeAll)
}

/**
 * Batches of a dataset. Each loop over the loader is one epoch; with `shuffle`, the order of epoch e is the permutation that
 * (seed, e) gives, so a run can be repeated, and resumed in the middle of an epoch.
 *
 * A batch is disposed when the next one is asked for (memory stays flat in loops that never give way to garbage collection);
 * `keepBatches: true` leaves them alive. A loop that was left by `break` is not continued by the next loop, which begins a
 * new epoch; to continue it, load its state.
 *
 * @example
 * ```ts
 * import { DataLoader, generatedDigits } from '@chainrule/data'
 * const loader = new DataLoader(generatedDigits({ count: 100 }), { batchSize: 32, shuffle: true, seed: 1 })
 * for (const { images, labels } of loader) console.log(images.shape, labels.shape) // [32, 1, 28, 28] [32] … [4, 1, 28, 28] [4]
 * console.log(loader.length, loader.epoch) // 4 1
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
 */
export class DataLoader<Source extends object> implements Iterable<BatchOf<Source>> {
  /** Samples of the dataset. */
  readonly samples: number
  /** Batches of an epoch. */
  readonly length: number
  readonly batchSize: number
  readonly #batch: (indices: Uint32Array) => unknown
  readonly #shuffle: boolean
  readonly #keepBatches: boolean
  readonly #epochSamples: number
  #seed: number
  #epoch = 0
  #position = 0
  #unfinished = false

  /**
   * @param dataset - tensors in objects and arrays, their first axes the samples; or an array of samples; or a `Dataset`
   * @param options - batch size, shuffling, seed, last batch, life of batches
   * @throws ArgumentError when an option is out of range, or the dataset none of these
   * @throws ShapeError when tensors differ in their number of rows
   */
  constructor(dataset: Source, options: DataLoaderOptions = {}) {
    const { batchSize = 1, shuffle = false, seed = 0, dropLast = false, keepBatches = false } = options
    checkCount(batchSize, 'batchSize', 1, 'DataLoader')
    checkSeed(seed, 'DataLoader')
    const { samples, batch } = batchesOf(dataset)
    this.samples = samples
    this.batchSize = batchSize
    this.length = dropLast ? Math.floor(samples / batchSize) : Math.ceil(samples / batchSize)
    this.#epochSamples = Math.min(samples, this.length * batchSize)
    this.#batch = batch
    this.#shuffle = shuffle
    this.#keepBatches = keepBatches
    this.#seed = seed
  }

  /** The epoch that is running, or the next one when the last loop came to its end; from 0. */
  get epoch(): number {
    return this.#epoch
  }

  /** The rest of the epoch after `loadStateDict`, else a whole epoch. */
  *[Symbol.iterator](): Generator<BatchOf<Source>, void, undefined> {
    if (this.#unfinished) this.#begin(this.#epoch + 1, 0)
    const epoch = this.#epoch
    const order = this.#order(epoch)
    let previous: unknown
    for (let position = this.#position; position < this.#epochSamples;) {
      const end = Math.min(position + this.batchSize, this.#epochSamples)
      if (!this.#keepBatches) disposeAll(previous)
      const batch = this.#batch(order.subarray(position, end))
      previous = batch
      position = end
      this.#begin(epoch, position)
      this.#unfinished = true
      yield batch as BatchOf<Source>
    }
    if (!this.#keepBatches) disposeAll(previous)
    this.#begin(epoch + 1, 0)
  }

  /**
   * Where the loader stands: after the batch that was handed out last.
   *
   * @returns plain numbers
   */
  stateDict(): DataLoaderState {
    return {
      seed: this.#seed,
      epoch: this.#epoch,
      position: this.#position,
      samples: this.samples,
      shuffle: this.#shuffle,
    }
  }

  /**
   * Goes to where another loader stood: the next loop continues its epoch, in its order.
   *
   * @param state - from `stateDict` of a loader over the same data
   * @throws StateDictError when the number of samples or the shuffling differ
   * @throws ArgumentError when the state is damaged
   */
  loadStateDict(state: DataLoaderState): void {
    const { seed, epoch, position, samples, shuffle } = state
    if (samples !== this.samples || shuffle !== this.#shuffle) {
      throw new StateDictError(
        `DataLoader.loadStateDict: got a state for ${samples} samples with shuffle: ${shuffle}, expected ${this.samples} with ` +
          `shuffle: ${this.#shuffle}. Load it into a loader over the same data.`,
      )
    }
    checkSeed(seed, 'DataLoader.loadStateDict')
    checkCount(epoch, 'epoch', 0, 'DataLoader.loadStateDict')
    checkCount(position, 'position', 0, 'DataLoader.loadStateDict')
    if (position > samples) {
      throw new ArgumentError(
        `DataLoader.loadStateDict: got position ${position}, expected at most ${samples}, the number of samples. ` +
          'Load a state that stateDict gave.',
      )
    }
    this.#seed = seed
    this.#begin(epoch, position)
  }

  #begin(epoch: number, position: number): void {
    this.#epoch = epoch
    this.#position = position
    this.#unfinished = false
  }

  #order(epoch: number): Uint32Array {
    if (this.#shuffle) return permutation(this.samples, new RandomSource(this.#seed, 'shuffle', epoch))
    return Uint32Array.from({ length: this.samples }, (_, index) => index)
  }
}
