export const modelKinds = ['mlp', 'cnn'] as const

/** Which network; written into checkpoints, so that they can be rebuilt. */
export interface ModelChoice {
  readonly kind: (typeof modelKinds)[number]
  /** Widths of the dense hidden layers. */
  readonly hidden: readonly number[]
  /** Shape of one sample: [channels, height, width], or [features]. */
  readonly sampleShape: readonly number[]
  readonly classes: number
}
