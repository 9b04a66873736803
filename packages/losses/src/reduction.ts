import { ArgumentError, mean, sum, type Tensor } from '@chainrule/tensor'

/** What becomes of the losses of all elements: their mean, their sum, or nothing. */
export type LossReduction = 'mean' | 'sum' | 'none'

/** Options that every loss takes. */
export interface LossOptions {
  /** `'mean'` (default), `'sum'` or `'none'`. */
  readonly reduction?: LossReduction
}

/** Refuses a reduction that a loss does not know. */
export const requireReduction = (
  loss: string,
  reduction: string,
  known: readonly string[] = ['mean', 'sum', 'none'],
): void => {
  if (!known.includes(reduction)) {
    const list = known.map((each) => `'${each}'`).join(', ')
    throw new ArgumentError(`${loss}: got reduction '${String(reduction)}', expected one of ${list}.`)
  }
}

/** Reduces the losses of all elements. */
export const reduce = (losses: Tensor, reduction: LossReduction): Tensor =>
  reduction === 'mean' ? mean(losses) : reduction === 'sum' ? sum(losses) : losses
