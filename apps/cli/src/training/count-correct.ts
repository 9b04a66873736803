import type { Tensor } from 'chainrule'

/** How many samples have their largest logit at their label: a float32 scalar. */
export const countCorrect = (logits: Tensor, labels: Tensor): Tensor =>
  logits.argmax(1).equal(labels).to('float32').sum()
