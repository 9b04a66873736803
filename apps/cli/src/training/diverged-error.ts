import { ChainruleError } from 'chainrule'

/** A run whose loss is no finite number any more. Code `DIVERGED`. */
export class DivergedError extends ChainruleError {
  /**
   * @param loss - what it became
   * @param epoch - when, from 1
   * @param step - when, from 1
   */
  constructor(loss: number, epoch: number, step: number) {
    super(
      'DIVERGED',
      `train: got a loss of ${loss} by step ${step} of epoch ${epoch}, expected a finite number. ` +
        'Lower --lr, or bound the gradient with --clip-norm 1.',
    )
  }
}
