import type { DataLoaderState, GeneratorState, OptimizerStateDict, ScheduleState, Tensor } from 'chainrule'
import type { DataChoice } from '../data/data-choice.js'
import type { Preparation } from '../data/preparation.js'
import type { ModelChoice } from '../model/model-choice.js'
import type { ExecutionChoice } from '../training/execution-choice.js'
import type { TrainingChoice } from '../training/training-choice.js'
import type { Environment } from './environment.js'

/** What tells a checkpoint of this program from others. */
export const checkpointKind = 'chainrule train'

/** Everything that was chosen for a run. */
export interface Choices {
  readonly data: DataChoice
  readonly model: ModelChoice
  readonly training: TrainingChoice
  /** Undefined in checkpoints of version 0.1.0. */
  readonly execution?: ExecutionChoice | undefined
}

/** What a checkpoint says beside its tensors. */
export interface CheckpointDescription {
  readonly kind: typeof checkpointKind
  readonly config: Choices
  readonly classNames: readonly string[]
  readonly preparation: Preparation | undefined
  /** Whole epochs that were done. */
  readonly epoch: number
  /** Steps that were done. */
  readonly step: number
  /** Undefined until the last epoch is done. */
  readonly testAccuracy: number | undefined
  readonly environment: Environment
}

/** Where a run stands: what going on with it needs beside the description. */
export interface TrainingState {
  readonly model: Readonly<Record<string, Tensor>>
  readonly optimizer: OptimizerStateDict
  readonly schedule: ScheduleState
  readonly loader: DataLoaderState
  readonly random: GeneratorState
}
