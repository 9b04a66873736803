export { binaryCrossEntropy, type BinaryCrossEntropyOptions } from './binary-cross-entropy.js'
export {
  binaryCrossEntropyWithLogits,
  type BinaryCrossEntropyWithLogitsOptions,
} from './binary-cross-entropy-with-logits.js'
export { cosineEmbeddingLoss, type CosineEmbeddingLossOptions } from './cosine-embedding-loss.js'
export { crossEntropy, type CrossEntropyOptions } from './cross-entropy.js'
export { hingeLoss } from './hinge-loss.js'
export { huberLoss, type HuberLossOptions } from './huber-loss.js'
export { klDiv, type KlDivOptions } from './kl-div.js'
export { l1Loss } from './l1-loss.js'
export { mseLoss } from './mse-loss.js'
export { nllLoss, type NllLossOptions } from './nll-loss.js'
export type { LossOptions, LossReduction } from './reduction.js'
export { smoothL1Loss, type SmoothL1LossOptions } from './smooth-l1-loss.js'
export { tripletMarginLoss, type TripletMarginLossOptions } from './triplet-margin-loss.js'
