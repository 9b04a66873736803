import { ArgumentError, generatedDigits, loadCsv, loadMnist, type Mnist, scope, tensor } from 'chainrule'
import { findIdxFiles } from './find-idx-files.js'
import type { DataChoice } from './data-choice.js'
import { type Classification, disposeSamples, type LabelledSamples } from './labelled-samples.js'
import { counted } from '../report/format.js'
import { type Preparation, standardize } from './preparation.js'

/** Which of the endless sets of digits; the test part begins far behind any training part. */
const digitsSeed = 1
const digitsTest = { count: 4000, seed: digitsSeed, start: 1_000_000 }
/** Which rows of a table are kept for the test: the same in every run, so that accuracies can be compared. */
const splitSeed = 1

const numbered = (classes: number): string[] => Array.from({ length: classes }, (_, place) => String(place))

/** The first samples, or all. */
function first({ inputs, labels }: LabelledSamples, samples: number | undefined): LabelledSamples {
  const [available = 0] = labels.shape
  if (samples === undefined || samples === available) return { inputs, labels }
  if (samples > available) {
    throw new ArgumentError(
      `train: got ${samples} samples, expected at most the ${available} that there are. Lower --samples.`,
    )
  }
  const part = { inputs: inputs.narrow(0, 0, samples), labels: labels.narrow(0, 0, samples) }
  disposeSamples({ inputs, labels })
  return part
}

/** One more than the largest label. */
async function classesIn({ train, test }: Mnist): Promise<number> {
  const largest = await Promise.all([train, test].map(({ labels }) => labels.max().item()))
  return 1 + Math.max(...largest)
}

type LabelledImages = Mnist['train']

const fromImages = ({ images, labels }: LabelledImages): LabelledSamples => ({ inputs: images, labels })

async function loadImages(choice: Extract<DataChoice, { kind: 'mnist' | 'idx' }>): Promise<Classification> {
  const { kind, folder, samples } = choice
  const images = await loadMnist(kind === 'mnist' ? folder : await findIdxFiles(folder))
  const classNames = numbered(await classesIn(images))
  return {
    description: `${kind === 'mnist' ? 'MNIST' : 'IDX images'} in ${folder}`,
    train: first(fromImages(images.train), samples),
    test: fromImages(images.test),
    classNames,
    preparation: undefined,
  }
}

async function loadTable(choice: Extract<DataChoice, { kind: 'csv' }>): Promise<Classification> {
  const { file, label, testFraction, samples, dropMissing = false } = choice
  const table = await loadCsv(file, { label, labelKind: 'class', dropMissing })
  const [rows = 0] = table.labels.shape
  const classes = table.classNames.length
  if (classes > rows / 2) {
    throw new ArgumentError(
      `train: got ${counted(classes, 'different label')} in ${counted(rows, 'row')}, expected classes that repeat. ` +
        'Choose another column with --label.',
    )
  }
  if (classes < 2) {
    throw new ArgumentError(
      `train: got the label "${table.classNames.join()}" in all rows, expected at least two classes. ` +
        'Choose another column with --label.',
    )
  }
  const { train, test, standardization } = table.split({ testFraction, seed: splitSeed, standardize: true })
  table.features.dispose()
  table.labels.dispose()
  return {
    description: file,
    train: first({ inputs: train.features, labels: train.labels }, samples),
    test: { inputs: test.features, labels: test.labels },
    classNames: table.classNames,
    preparation: standardization,
  }
}

/** What a network knows of the tables it takes. */
export interface KnownTable {
  readonly label: string | number
  readonly dropMissing?: boolean | undefined
  readonly classNames: readonly string[]
  readonly preparation: Preparation
}

/**
 * All rows of a table other than the one that was learned from, with the same classes and the same standardisation.
 *
 * @param file - path
 * @param known - label column, whether rows with a missing value are left out, class names, shift and scale
 * @returns features and labels
 * @throws ArgumentError where the table has other columns or classes
 */
export async function loadOtherTable(file: string, known: KnownTable): Promise<LabelledSamples> {
  const { label, dropMissing = false } = known
  const { features, labels, classNames } = await loadCsv(file, { label, labelKind: 'class', dropMissing })
  const places = classNames.map((name) => known.classNames.indexOf(name))
  const [, width = 0] = features.shape
  if (width !== known.preparation.mean.length || places.includes(-1)) {
    throw new ArgumentError(
      `eval: got ${width} features and the classes ${classNames.join(', ')} in "${file}", expected ` +
        `${known.preparation.mean.length} and ${known.classNames.join(', ')}. Choose a table with the columns that were learned from.`,
    )
  }
  return scope(() => ({
    inputs: standardize(features, known.preparation),
    labels: tensor(Int32Array.from(places)).indexSelect(0, labels),
  }))
}

/**
 * Loads or generates data.
 *
 * @param choice - which
 * @returns training and test part, and what is known about the classes
 * @throws SourceError, FormatError or ArgumentError where files are missing, damaged or too small
 */
export async function loadData(choice: DataChoice): Promise<Classification> {
  switch (choice.kind) {
    case 'digits':
      return {
        description: 'generated digits',
        train: fromImages(generatedDigits({ count: choice.samples, seed: digitsSeed })),
        test: fromImages(generatedDigits(digitsTest)),
        classNames: numbered(10),
        preparation: undefined,
      }
    case 'mnist':
    case 'idx':
      return loadImages(choice)
    case 'csv':
      return loadTable(choice)
  }
}
