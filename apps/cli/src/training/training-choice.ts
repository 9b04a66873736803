export const optimizerKinds = ['sgd', 'adam', 'adamw'] as const
export const scheduleKinds = ['constant', 'cosine', 'one-cycle'] as const

/** How a network learns; written into checkpoints. */
export interface TrainingChoice {
  readonly epochs: number
  readonly batchSize: number
  readonly optimizer: (typeof optimizerKinds)[number]
  /** Learning rate; with one-cycle the highest. */
  readonly lr: number
  readonly momentum: number
  readonly weightDecay: number
  /** Largest norm of the whole gradient; undefined for no clipping. */
  readonly clipNorm: number | undefined
  readonly schedule: (typeof scheduleKinds)[number]
  /** Of initial weights and the order of samples. */
  readonly seed: number
}
