import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { column, count, fraction, path } from '../option-parsers.js'
import { UsageError } from '../usage-error.js'
import { type DataChoice, dataKinds } from './data-choice.js'

/** The options by which a person chooses data. */
export interface DataOptions {
  readonly data?: DataChoice['kind']
  readonly dataDir?: string
  readonly dataFile?: string
  readonly label?: string | number
  readonly testFraction?: number
  readonly dropMissing?: true
  readonly samples?: number
}

const digitSamples = 20_000
const lastColumn = -1
const testShare = 0.2

/** Adds the options by which a person chooses data. */
export function addDataOptions(command: Command): Command {
  return command
    .addOption(new Option('--data <kind>', 'what to learn; digits are generated').choices(dataKinds))
    .option('--data-dir <folder>', 'the folder of the IDX files (mnist, idx)', path)
    .option('--data-file <file>', 'the CSV file, plain or gzip', path)
    .option('--label <column>', 'the CSV column with the classes, by name or place (default: the last)', column)
    .option('--test-fraction <share>', `share of the CSV rows kept for the test (default: ${testShare})`, fraction)
    .option('--drop-missing', 'leave out CSV rows with a missing value (default: refuse the file)')
    .option('--samples <count>', `how many samples to learn from (default: ${digitSamples} digits, else all)`, count)
}

const belongTo: Readonly<
  Record<'dataDir' | 'dataFile' | 'label' | 'testFraction' | 'dropMissing', readonly DataChoice['kind'][]>
> = {
  dataDir: ['mnist', 'idx'],
  dataFile: ['csv'],
  label: ['csv'],
  testFraction: ['csv'],
  dropMissing: ['csv'],
}
const flags = {
  dataDir: '--data-dir',
  dataFile: '--data-file',
  label: '--label',
  testFraction: '--test-fraction',
  dropMissing: '--drop-missing',
}

function need(value: string | undefined, kind: string, flag: string): string {
  if (value === undefined) throw new UsageError(`--data ${kind} needs ${flag}.`)
  return resolve(value)
}

/**
 * The data that options choose.
 *
 * @throws UsageError where an option is missing, or belongs to other data
 */
export function chooseData(options: DataOptions): DataChoice {
  const kind = options.data ?? 'digits'
  for (const [name, kinds] of Object.entries(belongTo)) {
    const option = name as keyof typeof belongTo
    if (options[option] !== undefined && !kinds.includes(kind)) {
      throw new UsageError(`${flags[option]} goes with --data ${kinds.join(' or ')}, not with ${kind}.`)
    }
  }
  const { samples } = options
  switch (kind) {
    case 'digits':
      return { kind, samples: samples ?? digitSamples }
    case 'mnist':
    case 'idx':
      return { kind, folder: need(options.dataDir, kind, '--data-dir FOLDER'), samples }
    case 'csv':
      return {
        kind,
        file: need(options.dataFile, kind, '--data-file FILE'),
        label: options.label ?? lastColumn,
        testFraction: options.testFraction ?? testShare,
        dropMissing: options.dropMissing ?? false,
        samples,
      }
  }
}
