/** Which data a model learns; written into checkpoints, so that they can be evaluated on the same. */
export type DataChoice =
  | { readonly kind: 'digits'; readonly samples: number }
  | { readonly kind: 'mnist' | 'idx'; readonly folder: string; readonly samples: number | undefined }
  | {
      readonly kind: 'csv'
      readonly file: string
      readonly label: string | number
      readonly testFraction: number
      readonly samples: number | undefined
    }

export const dataKinds = ['digits', 'mnist', 'idx', 'csv'] as const
