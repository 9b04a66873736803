import {
  type Access,
  denseStrides,
  type Expression,
  input,
  inputsOf,
  itemSize,
  type MapKernel,
  scalarOps,
  sizeOf,
  type Space,
} from '@chainrule/tensor'
import type { Block, Step } from '../kernels/block.js'
import { isSingleMap, spaceOf } from '../kernels/fuse-producer.js'
import { heavyNodes, isHeavy } from '../kernels/heavy.js'
import { type FusedOperand, OperandList } from '../kernels/operands.js'

type MapStep = Step & { readonly kernel: MapKernel }

/** A map that multiplies by something costly to compute. */
interface Multiplication {
  readonly step: MapStep
  readonly factor: Expression
  readonly other: Expression
}

/** Whether an expression is made of operands and constants alone. */
const isPlain = (root: Expression): boolean =>
  root.kind === 'scalar' ? root.arguments.every(isPlain) : root.kind === 'input' || root.kind === 'constant'

/** A step as multiplications by its costly factors: none, one, or one for each side. */
const multiplicationsOf = (step: Step): readonly Multiplication[] => {
  if (!isSingleMap(step)) return []
  const [root, ...more] = step.kernel.structure.outputs
  if (root?.kind !== 'scalar' || root.op !== 'mul' || more.length > 0) return []
  const [x, y] = root.arguments
  if (x === undefined || y === undefined) return []
  return [
    { step, factor: x, other: y },
    { step, factor: y, other: x },
  ].filter(({ factor }) => isPlain(factor) && isHeavy(factor))
}

const operandsOf =
  ({ kernel, inputs }: MapStep) =>
  (place: number): FusedOperand => {
    const block = inputs[place]
    const access = spaceOf(kernel).inputs[place]
    const dtype = kernel.structure.inputs[place]
    if (block === undefined || access === undefined || dtype === undefined)
      throw new RangeError('compile: lost an operand')
    return { block, dtype, access }
  }

const rebuild = (step: Step, space: Space, list: OperandList, roots: readonly Expression[]): Step => ({
  ...step,
  kernel: {
    kind: 'map',
    structure: { inputs: list.operands.map(({ dtype }) => dtype), outputs: roots },
    spaces: [{ ...space, inputs: list.operands.map(({ access }) => access) }],
  },
  inputs: list.operands.map(({ block }) => block),
  cells: list.cells,
})

/** The earlier map with the factor as one more output, where it has its operands and computes one of its functions anyway. */
const widen = (early: MapStep, { step, factor }: Multiplication, made: Block, access: Access): Step | undefined => {
  const space = spaceOf(early.kernel)
  if (space.shape.join() !== spaceOf(step.kernel).shape.join()) return undefined
  const list = new OperandList()
  const roots = early.kernel.structure.outputs.map((root) => list.adopt(root, operandsOf(early), early.cells))
  const operands = list.operands.length
  const added = list.adopt(factor, operandsOf(step), [])
  if (list.operands.length > operands) return undefined
  const computed = new Set(roots.flatMap((root) => [...heavyNodes(root)]))
  if (![...heavyNodes(added)].some((node) => computed.has(node))) return undefined
  const wide = rebuild(early, { ...space, outputs: [...space.outputs, access] }, list, [...roots, added])
  return { ...wide, outputs: [...early.outputs, made] }
}

/** The multiplication with its factor read from a block. */
const narrow = ({ step, factor, other }: Multiplication, made: Block, access: Access): Step => {
  const list = new OperandList()
  const given = input(list.add({ block: made, dtype: factor.dtype, access }), factor.dtype)
  const rest = list.adopt(other, operandsOf(step), step.cells)
  return rebuild(step, spaceOf(step.kernel), list, [scalarOps.mul(given, rest)])
}

/** Bytes of operands that nobody needs after the earlier map once the factor is known. */
const freedBytes = (
  steps: readonly Step[],
  early: number,
  { step, factor, other }: Multiplication,
  wanted: ReadonlySet<Block>,
): number => {
  const kept = new Set(inputsOf(other).map((place) => step.inputs[place]))
  const isFreed = (block: Block): boolean =>
    block.source === undefined &&
    !wanted.has(block) &&
    !kept.has(block) &&
    steps.every((later, place) => place <= early || later === step || !later.inputs.includes(block))
  const blocks = new Set(inputsOf(factor).flatMap((place) => step.inputs[place] ?? []))
  return [...blocks].filter(isFreed).reduce((sum, { byteLength }) => sum + byteLength, 0)
}

/** One multiplication whose factor an earlier map can give, and that map, rewritten. */
const moveOne = (steps: readonly Step[], wanted: ReadonlySet<Block>, maxOperands: number): Step[] | undefined => {
  const blocks = steps.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])
  const id = 1 + blocks.reduce((most, block) => Math.max(most, block.id), 0)
  for (const [late, reader] of steps.entries()) {
    for (const multiplication of multiplicationsOf(reader)) {
      const { shape } = spaceOf(multiplication.step.kernel)
      const byteLength = sizeOf(shape) * itemSize(multiplication.factor.dtype)
      const made: Block = { id, byteLength, source: undefined }
      const access = { strides: denseStrides(shape), offset: 0 }
      for (const [early, step] of steps.slice(0, late).entries()) {
        if (!isSingleMap(step) || !step.inputs.some((block) => reader.inputs.includes(block))) continue
        if (freedBytes(steps, early, multiplication, wanted) < byteLength) continue
        const wide = widen(step, multiplication, made, access)
        if (wide === undefined || wide.inputs.length + wide.outputs.length > maxOperands) continue
        const short = narrow(multiplication, made, access)
        return steps.map((other, place) => (place === early ? wide : place === late ? short : other))
      }
    }
  }
  return undefined
}

/**
 * Computes the factor that a gradient multiplies by where the forward pass computes the same costly function: GELU and its
 * derivative share Φ(x), SiLU and its derivative the sigmoid. The factor takes the place of a value that was kept for it, so
 * memory stays as it is, and the backward pass only multiplies. The price is one more write: less than the function on a CPU.
 *
 * @param steps - kernels in order
 * @param wanted - blocks that must exist in the end
 * @param maxOperands - most operands of one kernel
 * @returns the kernels, some factors computed earlier
 */
export const earlyFactors = (
  steps: readonly Step[],
  wanted: ReadonlySet<Block>,
  maxOperands: number,
): readonly Step[] => {
  let current = steps
  for (;;) {
    const next = moveOne(current, wanted, maxOperands)
    if (next === undefined) return current
    current = next
  }
}
