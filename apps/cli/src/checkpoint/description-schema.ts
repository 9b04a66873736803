import { Tensor } from 'chainrule'
import * as v from 'valibot'
import { deviceNames } from '../device-options.js'
import { modelKinds } from '../model/model-choice.js'
import { optimizerKinds, scheduleKinds } from '../training/training-choice.js'

const finite = v.pipe(v.number(), v.finite())
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const samples = v.optional(count)

const data = v.variant('kind', [
  v.object({ kind: v.literal('digits'), samples: count }),
  v.object({ kind: v.picklist(['mnist', 'idx']), folder: v.string(), samples }),
  v.object({
    kind: v.literal('csv'),
    file: v.string(),
    label: v.union([v.string(), finite]),
    testFraction: finite,
    dropMissing: v.optional(v.boolean()),
    samples,
  }),
])

/** What a checkpoint of `chainrule train` says beside its tensors; more may be in it. */
export const descriptionSchema = v.object({
  config: v.object({
    data,
    model: v.object({
      kind: v.picklist(modelKinds),
      hidden: v.array(count),
      sampleShape: v.array(count),
      classes: count,
    }),
    training: v.object({
      epochs: count,
      batchSize: count,
      optimizer: v.picklist(optimizerKinds),
      lr: finite,
      momentum: finite,
      weightDecay: finite,
      clipNorm: v.optional(finite),
      schedule: v.picklist(scheduleKinds),
      seed: whole,
    }),
    execution: v.optional(
      v.object({
        eager: v.boolean(),
        device: v.optional(v.picklist(deviceNames)),
        threads: v.optional(count),
        blas: v.optional(v.string()),
      }),
    ),
  }),
  classNames: v.array(v.string()),
  preparation: v.optional(v.object({ mean: v.array(finite), deviation: v.array(finite) })),
  model: v.record(v.string(), v.instance(Tensor)),
})

const state = v.record(v.string(), v.unknown())

/** What going on with a run needs, of which each part is checked by what takes it. */
export const stateSchema = v.object({
  testAccuracy: v.optional(finite),
  environment: v.object({ device: v.string(), settings: state }),
  optimizer: state,
  schedule: state,
  loader: state,
  random: state,
})

/**
 * Where a value first departs from a schema.
 *
 * @param value - what was read
 * @param schema - what it has to be
 * @returns the path of the first fault with dots, or undefined where there is none
 */
export function firstFault(value: unknown, schema: v.GenericSchema): string | undefined {
  const { issues } = v.safeParse(schema, value)
  return issues === undefined ? undefined : (v.getDotPath(issues[0]) ?? '')
}
