import { ArgumentError } from '@chainrule/tensor'

/** What follows a layer, by whose slope its initial values are scaled. */
export type Nonlinearity = 'linear' | 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu'

const gains: Readonly<Record<Nonlinearity, (slope: number) => number>> = {
  linear: () => 1,
  sigmoid: () => 1,
  tanh: () => 5 / 3,
  relu: () => Math.SQRT2,
  leakyRelu: (slope) => Math.sqrt(2 / (1 + slope ** 2)),
}

/**
 * Factor that makes up for what a non-linearity takes from the variance.
 *
 * @param nonlinearity - which one
 * @param slope - below 0, of `'leakyRelu'`
 * @returns 1 (linear, sigmoid), 5/3 (tanh), √2 (relu) or √(2 / (1 + slope²)) (leakyRelu)
 * @throws ArgumentError for another name
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.calculate_gain
 */
export const gainOf = (nonlinearity: Nonlinearity, slope: number): number => {
  if (!Object.hasOwn(gains, nonlinearity)) {
    throw new ArgumentError(
      `kaiming: got nonlinearity '${String(nonlinearity)}', expected one of ${Object.keys(gains).join(', ')}.`,
    )
  }
  return gains[nonlinearity](slope)
}
