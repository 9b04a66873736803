import type { Cell } from './cell.js'
import { numberOf } from './cell.js'
import { currentDevice } from './device-registry.js'
import type { Device } from './device.js'
import { itemSize } from './dtype.js'
import { DeviceError, DTypeError } from './errors.js'
import { dropStorage, holdStorage } from './live-memory.js'
import { type Launch, Lowering, type Operand } from './lowering.js'
import { labelOf, type OpAttributes, type OpDefinition, type OpName, opTable } from './op-table.js'
import { activeCapture, isRecording, type OpEvent, recordOp } from './recorder.js'
import { requireTensor } from './require-tensor.js'
import { sizeOf } from './shape.js'
import type { Storage } from './storage.js'
import { Tensor } from './tensor.js'
import { denseLayout, type TensorLayout, type TensorSpec } from './tensor-layout.js'

/** What to do about tensors of two devices: only elements that can be read at once can be moved at once. */
const howToMove = (home: Device, other: Device): string => {
  if (other.readSync !== undefined) return `Move one with .to('${home.name}').`
  if (home.readSync !== undefined) return `Move one with .to('${other.name}').`
  return 'Read one with await data() and make it anew on the device of the other.'
}

/** The device of an op: that of its inputs, which must agree. */
const commonDevice = (label: string, inputs: readonly Tensor[], wanted: Device | undefined): Device => {
  const home = wanted ?? inputs[0]?.home ?? currentDevice()
  for (const tensor of inputs) {
    if (tensor.home !== home) {
      // One that was lost with its device has more to say.
      for (const input of inputs) if (!input.isAbstract) input.storageFor(label)
      const other = tensor.home
      const names = home.name === other.name ? `two devices named ${home.name}` : `${home.name} and ${other.name}`
      throw new DeviceError(`${label}: got tensors on ${names}, expected one device. ${howToMove(home, other)}`)
    }
  }
  return home
}

const allocate = (home: Device, spec: TensorSpec, label: string): Storage => {
  if (!home.features.dtypes.includes(spec.dtype)) {
    throw new DTypeError(
      `${label}: got ${spec.dtype} on ${home.name}, expected one of ${home.features.dtypes.join(', ')}. ` +
        (spec.dtype === 'float64'
          ? `Use a CPU device ('wasm' or 'reference'), or float32.`
          : 'Convert with .to(dtype).'),
    )
  }
  return home.allocate(sizeOf(spec.shape) * itemSize(spec.dtype))
}

/** Runs launches on a device; temporaries go when they are done. */
export const runLaunches = (
  home: Device,
  build: Lowering,
  inputs: readonly Storage[],
  outputs: readonly Storage[],
  label: string,
): void => {
  const temporaries: Storage[] = []
  try {
    for (const spec of build.temporaries) {
      const storage = allocate(home, spec, label)
      holdStorage(storage)
      temporaries.push(storage)
    }
    const sources = { input: inputs, output: outputs, temporary: temporaries }
    const find = ({ from, index }: Operand): Storage => {
      const storage = sources[from][index]
      if (storage === undefined) throw new RangeError(`${label}: lowering names ${from} ${index}, which does not exist`)
      return storage
    }
    for (const launch of build.launches) {
      home.run(launch.kernel, launch.inputs.map(find), launch.outputs.map(find), cellsOf(launch))
    }
  } finally {
    temporaries.forEach(dropStorage)
  }
}

const noCells: readonly number[] = []
const cellsOf = (launch: Launch): readonly number[] =>
  launch.cells.length === 0 ? noCells : launch.cells.map((value: number | Cell) => numberOf(value))

/** Gives blocks back that never got a tensor, after a failure. */
const discard = (storages: readonly Storage[]): void => {
  for (const storage of storages) if (storage.references === 0) storage.device.free(storage)
}

/** Carries an op out, on the device of its inputs or, without inputs, the one wanted: checks, computes (or, under a capture, only infers), and tells the recorders. */
export const apply = <Name extends OpName>(
  op: Name,
  inputs: readonly Tensor[],
  attributes: OpAttributes[Name],
  wanted?: Device,
): readonly Tensor[] => {
  const definition: OpDefinition<Name> = opTable[op]
  const label = labelOf(op, attributes)
  for (const input of inputs) requireTensor(label, input)
  const specs = definition.infer(inputs, attributes)
  const recording = isRecording()
  if (recording) for (const tensor of inputs) tensor.noteRead()
  const home = commonDevice(label, inputs, wanted)
  const outputs =
    activeCapture() === undefined
      ? compute(definition, home, inputs, specs, attributes, label)
      : specs.map((spec) => new Tensor(denseLayout(spec), undefined, home))
  if (recording) recordOp({ op, inputs, outputs, attributes } as OpEvent)
  return outputs
}

const compute = <Name extends OpName>(
  definition: OpDefinition<Name>,
  home: Device,
  inputs: readonly Tensor[],
  specs: readonly TensorSpec[],
  attributes: OpAttributes[Name],
  label: string,
): readonly Tensor[] => {
  const storages = inputs.map((tensor) => tensor.storageFor(label))
  const [first] = inputs
  const [spec] = specs
  const [storage] = storages
  if (definition.view !== undefined && first !== undefined && spec !== undefined && storage !== undefined) {
    const view = definition.view(first, attributes)
    if (view !== undefined) {
      return [new Tensor({ ...view, shape: spec.shape, dtype: spec.dtype }, storage, home)]
    }
  }
  const layouts: readonly TensorLayout[] = specs.map(denseLayout)
  const made: Storage[] = []
  try {
    for (const result of specs) made.push(allocate(home, result, label))
    const build = new Lowering(inputs, layouts)
    definition.lower(build, attributes)
    runLaunches(home, build, storages, made, label)
  } catch (error) {
    discard(made)
    throw error
  }
  return layouts.map((layout, position) => {
    const block = made[position]
    if (block === undefined) throw new RangeError(`${label}: no storage for output ${position}`)
    return new Tensor(layout, block, home)
  })
}

/** Carries an op with one output out. */
export const applyOne = <Name extends OpName>(
  op: Name,
  inputs: readonly Tensor[],
  attributes: OpAttributes[Name],
  wanted?: Device,
): Tensor => {
  const [output] = apply(op, inputs, attributes, wanted)
  if (output === undefined) throw new RangeError(`${labelOf(op, attributes)}: the op has no output`)
  return output
}
