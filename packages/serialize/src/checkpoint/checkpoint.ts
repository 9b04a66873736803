import type { Tensor } from '@chainrule/tensor'

/** What a checkpoint can hold, to any depth up to a hundred levels. */
export type CheckpointValue =
  | Tensor
  | number
  | string
  | boolean
  | null
  | undefined
  | readonly CheckpointValue[]
  | { readonly [name: string]: CheckpointValue }
  | ReadonlyMap<string, CheckpointValue>

/** The contents of a checkpoint by name: model, optimizer, step, … */
export type Checkpoint = Readonly<Record<string, CheckpointValue>>

/** What the metadata of a safetensors file says when it is a checkpoint. */
export const checkpointFormat = 'chainrule.checkpoint'

/** Raised when the tags change meaning; older files stay readable. */
export const checkpointVersion = '1'

/** Levels of nesting that are written; reading allows for the tags around them. */
export const maximumDepth = 100
