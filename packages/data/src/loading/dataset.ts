import type { Tensor } from '@chainrule/tensor'

/** Typed arrays that a sample may hold: float32, float64, and integers, which become int32. */
export type SampleArray =
  Float32Array | Float64Array | Int32Array | Int16Array | Int8Array | Uint8Array | Uint8ClampedArray

/** Numbers in arrays of any depth. */
export type NestedNumbers = readonly (number | boolean | NestedNumbers)[]

/**
 * What samples of one kind become side by side: tensors, typed arrays, numbers and arrays of numbers become tensors with the
 * batch as first axis, strings a list, and arrays and objects keep their structure.
 */
export type Batched<Sample> = Sample extends Tensor | SampleArray | number | boolean | NestedNumbers
  ? Tensor
  : Sample extends string
    ? string[]
    : { -readonly [Key in keyof Sample]: Batched<Sample[Key]> }

/** Samples by number, read or made when they are asked for. */
export interface Dataset<Sample, Batch = Batched<Sample>> {
  /** Number of samples. */
  readonly length: number
  /**
   * One sample.
   *
   * @param index - from 0 to length − 1
   * @returns the sample
   */
  get(index: number): Sample
  /**
   * Many samples side by side, where that is faster than one by one. The tensors are new ones, for the loader to dispose.
   *
   * @param indices - from 0 to length − 1
   * @returns the batch
   */
  batch?(indices: Uint32Array): Batch
}

/**
 * What a loader yields for a dataset: for a `Dataset` its batches, for an array of samples the samples side by side, for
 * tensors in a structure the same structure of rows.
 */
export type BatchOf<Source> = Source extends Tensor
  ? Tensor
  : Source extends {
        /** One sample. */
        get(index: number): infer Sample
        /** Many samples side by side. */
        readonly batch?: ((indices: Uint32Array) => infer Batch) | undefined
      }
    ? unknown extends Batch
      ? Batched<Sample>
      : Batch
    : Source extends readonly (infer Sample)[]
      ? Batched<Sample>
      : Source
