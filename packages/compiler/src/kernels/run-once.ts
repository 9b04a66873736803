import { adopt, type Device, dropStorage, holdStorage, type Storage, Tensor } from '@chainrule/tensor'
import type { CellSlots } from './cell-slots.js'
import type { Block, Step } from './block.js'

/** Kernels whose constant operands were computed. */
export interface Settled {
  readonly steps: readonly Step[]
  /** Tensors that hold the constants; the program's owner disposes them. */
  readonly constants: readonly Tensor[]
}

/** Carries out kernels now and lets the others read their results as constants. */
export const runOnce = (
  { once, rest }: { readonly once: readonly Step[]; readonly rest: readonly Step[] },
  home: Device,
  slots: Pick<CellSlots, 'fixed'>,
): Settled => {
  const storages = new Map<Block, Storage>()
  try {
    for (const { kernel, inputs, outputs, cells } of once) {
      for (const block of outputs) {
        if (storages.has(block)) continue
        const storage = home.allocate(block.byteLength)
        holdStorage(storage)
        storages.set(block, storage)
      }
      const storageOf = (block: Block): Storage => {
        const storage =
          block.source?.kind === 'constant' ? block.source.tensor.storageFor('compile') : storages.get(block)
        if (storage === undefined) throw new RangeError('compile: a constant has no memory')
        return storage
      }
      home.run(
        kernel,
        inputs.map(storageOf),
        outputs.map(storageOf),
        cells.map((slot) => slots.fixed(slot) ?? Number.NaN),
      )
    }
    const read = new Set(rest.flatMap(({ inputs }) => inputs))
    const constants: Tensor[] = []
    const settled = new Map<Block, Block>()
    for (const [block, storage] of storages) {
      if (!read.has(block)) continue
      // What the bytes mean is the kernels' business.
      const tensor = new Tensor({ shape: [block.byteLength], dtype: 'bool', strides: [1], offset: 0 }, storage, home)
      adopt(tensor)
      constants.push(tensor)
      settled.set(block, { ...block, source: { kind: 'constant', tensor } })
    }
    const steps = rest.map((step) =>
      step.inputs.some((block) => settled.has(block))
        ? { ...step, inputs: step.inputs.map((block) => settled.get(block) ?? block) }
        : step,
    )
    return { steps, constants }
  } finally {
    storages.forEach(dropStorage)
  }
}
