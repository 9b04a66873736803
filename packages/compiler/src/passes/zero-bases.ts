import type { Block, Step } from '../kernels/block.js'
import type { CellSlots } from '../kernels/cell-slots.js'

/** Whether a step only fills its output with zeros. */
const isZeros = ({ kernel, cells }: Step, slots: CellSlots): boolean => {
  if (kernel.kind !== 'map' || kernel.structure.inputs.length > 0) return false
  const [root] = kernel.structure.outputs
  if (root?.kind === 'constant') return root.value === 0
  return root?.kind === 'cell' && slots.fixed(cells[root.cell] ?? -1) === 0
}

/** A scatter-add into zeros needs no zeros to start from; the fill goes away when nobody else reads it. */
export const zeroBases = (steps: readonly Step[], slots: CellSlots, wanted: ReadonlySet<Block>): readonly Step[] => {
  const zeros = new Set(steps.filter((step) => isZeros(step, slots)).flatMap(({ outputs }) => outputs))
  const rewritten = steps.map((step): Step => {
    const { kernel } = step
    const base = step.inputs[2]
    if (kernel.kind !== 'scatterAdd' || !kernel.structure.hasBase || base === undefined || !zeros.has(base)) return step
    return {
      ...step,
      kernel: { ...kernel, structure: { ...kernel.structure, hasBase: false } },
      inputs: step.inputs.slice(0, 2),
    }
  })
  return rewritten.filter(
    ({ outputs }) =>
      !outputs.every(
        (block) => zeros.has(block) && !wanted.has(block) && !rewritten.some(({ inputs }) => inputs.includes(block)),
      ),
  )
}
