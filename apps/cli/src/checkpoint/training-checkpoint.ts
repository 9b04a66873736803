import type { DataChoice } from '../data/data-choice.js'
import type { Preparation } from '../data/preparation.js'
import type { ModelChoice } from '../model/model-choice.js'
import type { TrainingChoice } from '../training/training-choice.js'
import type { Environment } from './environment.js'

/** What tells a checkpoint of this program from others. */
export const checkpointKind = 'chainrule train'

/** Everything that was chosen for a run. */
export interface Choices {
  readonly data: DataChoice
  readonly model: ModelChoice
  readonly training: TrainingChoice
}

/** What a checkpoint says beside its tensors. */
export interface CheckpointDescription {
  readonly kind: typeof checkpointKind
  readonly config: Choices
  readonly classNames: readonly string[]
  readonly preparation: Preparation | undefined
  readonly epoch: number
  readonly step: number
  readonly testAccuracy: number
  readonly environment: Environment
}
