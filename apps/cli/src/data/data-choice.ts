/** Which data a model learns; written into checkpoints, so that they can be evaluated on the same. */
export type DataChoice =
  | { readonly kind: 'digits'; readonly samples: number }
  | { readonly kind: 'mnist' | 'idx'; readonly folder: string; readonly samples: number | undefined }
  | {
      readonly kind: 'csv'
      readonly file: string
      readonly label: string | number
      readonly testFraction: number
      /** Leave out rows with a missing value; undefined in checkpoints of version 0.1.0, which did not. */
      readonly dropMissing?: boolean | undefined
      readonly samples: number | undefined
    }

/** Where data lie; undefined for generated ones. */
export const placeOf = (choice: DataChoice): string | undefined =>
  choice.kind === 'digits' ? undefined : choice.kind === 'csv' ? choice.file : choice.folder

export const dataKinds = ['digits', 'mnist', 'idx', 'csv'] as const
