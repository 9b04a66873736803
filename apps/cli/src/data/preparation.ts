import { type Tensor, tensor } from 'chainrule'

/** Shift and scale of each feature of a table: (x − mean) / deviation. */
export interface Preparation {
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

/** Features as a network has learned them, [rows, features]. */
export const standardize = (features: Tensor, { mean, deviation }: Preparation): Tensor =>
  features.to('float32').sub(tensor(mean)).div(tensor(deviation))
