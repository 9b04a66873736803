import { Tensor } from 'chainrule'
import { dataKinds } from '../data/data-choice.js'
import { deviceNames } from '../device-options.js'
import { modelKinds } from '../model/model-choice.js'
import { optimizerKinds, scheduleKinds } from '../training/training-choice.js'
import { type Form, isRecord, misfit } from './form.js'

type Claim = (value: unknown) => boolean

const isText: Claim = (value) => typeof value === 'string'
const isFlag: Claim = (value) => typeof value === 'boolean'
const isNumber: Claim = (value) => typeof value === 'number' && Number.isFinite(value)
const atLeast =
  (least: number): Claim =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= least
const oneOf =
  (values: readonly unknown[]): Claim =>
  (value) =>
    values.includes(value)
const listOf =
  (claim: Claim): Claim =>
  (value) =>
    Array.isArray(value) && value.every(claim)
const either =
  (...claims: readonly Claim[]): Claim =>
  (value) =>
    claims.some((claim) => claim(value))
const isAbsent: Claim = (value) => value === undefined
const fits =
  (form: Form): Claim =>
  (value) =>
    misfit(value, form) === undefined

const samples = either(isAbsent, atLeast(1))
const folderData: Form = { folder: isText, samples }
const dataForms: Readonly<Record<(typeof dataKinds)[number], Form>> = {
  digits: { samples: atLeast(1) },
  mnist: folderData,
  idx: folderData,
  csv: {
    file: isText,
    label: either(isText, isNumber),
    testFraction: isNumber,
    dropMissing: either(isAbsent, isFlag),
    samples,
  },
}

const isData: Claim = (value) => dataKinds.some((kind) => fits({ kind: oneOf([kind]), ...dataForms[kind] })(value))

/** Of what a checkpoint of `chainrule train` says beside its tensors. */
export const descriptionForm: Form = {
  config: {
    data: isData,
    model: {
      kind: oneOf(modelKinds),
      hidden: listOf(atLeast(1)),
      sampleShape: listOf(atLeast(1)),
      classes: atLeast(1),
    },
    training: {
      epochs: atLeast(1),
      batchSize: atLeast(1),
      optimizer: oneOf(optimizerKinds),
      lr: isNumber,
      momentum: isNumber,
      weightDecay: isNumber,
      clipNorm: either(isAbsent, isNumber),
      schedule: oneOf(scheduleKinds),
      seed: atLeast(0),
    },
    execution: either(
      isAbsent,
      fits({
        eager: isFlag,
        device: either(isAbsent, oneOf(deviceNames)),
        threads: either(isAbsent, atLeast(1)),
        blas: either(isAbsent, isText),
      }),
    ),
  },
  classNames: listOf(isText),
  preparation: either(isAbsent, fits({ mean: listOf(isNumber), deviation: listOf(isNumber) })),
  model: (value) => isRecord(value) && Object.values(value).every((member) => member instanceof Tensor),
}

/** Of what going on with a run needs. */
export const stateForm: Form = {
  testAccuracy: either(isAbsent, isNumber),
  environment: { device: isText, settings: isRecord },
  optimizer: isRecord,
  schedule: isRecord,
  loader: isRecord,
  random: isRecord,
}
