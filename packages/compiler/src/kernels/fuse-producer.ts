import {
  type Access,
  constant,
  type Expression,
  index,
  type MapKernel,
  type RowKernel,
  sizeOf,
  type Space,
} from '@chainrule/tensor'
import { align, type Alignment } from './align.js'
import type { Block, Step } from './block.js'
import { cutMap, cutRow } from './cut-axes.js'
import { isHeavy } from './heavy.js'
import { type FusedOperand, OperandList } from './operands.js'

/** A map kernel over one index space. */
type Single<K extends MapKernel | RowKernel> = Step & { readonly kernel: K }

/** Whether a step is a map over one index space. */
export const isSingleMap = (step: Step): step is Single<MapKernel> =>
  step.kernel.kind === 'map' && step.kernel.spaces.length === 1

/** Whether a step is a row kernel over one index space. */
export const isSingleRow = (step: Step): step is Single<RowKernel> =>
  step.kernel.kind === 'row' && step.kernel.spaces.length === 1

/** The only index space of a kernel. */
export const spaceOf = <S extends Space>({ spaces }: { readonly spaces: readonly S[] }): S => {
  const [space] = spaces
  if (space === undefined) throw new RangeError('compile: a kernel has no index space')
  return space
}

/** An access of the producer's (cut) space as one of the consumer's. */
const carry = (access: Access, pairs: Alignment['pairs']): Access => ({
  offset: access.offset,
  strides: pairs.map((pair) => (pair === undefined ? 0 : (access.strides[pair] ?? 0))),
})

/** What one output of the producer is, in the consumer's space. */
interface Inlined {
  readonly expression: (list: OperandList) => Expression
  readonly output: Access
}

const inline = (
  producer: Single<MapKernel>,
  cut: MapKernel,
  place: number,
  pairs: Alignment['pairs'],
): Inlined | undefined => {
  const space = spaceOf(cut)
  const root = cut.structure.outputs[place]
  const output = space.outputs[place]
  if (root === undefined || output === undefined) return undefined
  const coordinate = (node: Expression): Expression | undefined => {
    if (node.kind !== 'index') return undefined
    const axis = pairs.indexOf(node.axis)
    return axis < 0 ? constant(0, 'int32') : index(axis)
  }
  const operandOf = (input: number): FusedOperand => {
    const block = producer.inputs[input]
    const access = space.inputs[input]
    const dtype = cut.structure.inputs[input]
    if (block === undefined || access === undefined || dtype === undefined)
      throw new RangeError('compile: lost an operand')
    return { block, dtype, access: carry(access, pairs) }
  }
  return {
    output: carry(output, pairs),
    expression: (list) => list.adopt(root, operandOf, producer.cells, coordinate),
  }
}

/** How the consumer reads the producer: every such operand must fit in one way. */
const fit = (producer: Single<MapKernel>, consumer: Single<MapKernel | RowKernel>): Alignment | undefined => {
  const written = spaceOf(producer.kernel)
  const space = spaceOf<Space>(consumer.kernel)
  let found: Alignment | undefined
  for (let place = 0; place < consumer.inputs.length; place++) {
    const block = consumer.inputs[place]
    const output = producer.outputs.findIndex((other) => other === block)
    if (output < 0) continue
    const read = space.inputs[place]
    const write = written.outputs[output]
    if (read === undefined || write === undefined) return undefined
    const alignment = align(space.shape, read, written.shape, write)
    if (alignment === undefined) return undefined
    if (found !== undefined && JSON.stringify(found) !== JSON.stringify(alignment)) return undefined
    found = alignment
  }
  return found
}

/** Whether computing the producer inside the consumer does more work than it saves. */
const isWasteful = (
  producer: Single<MapKernel>,
  consumer: Single<MapKernel | RowKernel>,
  alignment: Alignment,
): boolean => {
  const roots = producer.kernel.structure.outputs
  const costly = roots.some(isHeavy)
  const repeats = sizeOf(spaceOf<Space>(consumer.kernel).shape) > sizeOf(spaceOf(producer.kernel).shape)
  const passes = consumer.kernel.kind === 'row' ? consumer.kernel.structure.stages.length : 1
  return costly && (repeats || passes > 1 || alignment.pairs.includes(undefined))
}

/**
 * Computes a map inside the kernel that reads it: the reader's operand becomes the map's expression over the map's own
 * operands. Outputs that others need (`keep`) are written by the fused kernel as well.
 */
export const fuseProducer = (
  producer: Step,
  consumer: Step,
  keep: ReadonlySet<Block>,
  maxOperands: number,
): Step | undefined => {
  if (!isSingleMap(producer) || !(isSingleMap(consumer) || isSingleRow(consumer))) return undefined
  const alignment = fit(producer, consumer)
  if (alignment === undefined || isWasteful(producer, consumer, alignment)) return undefined
  const kept = producer.outputs.map((block, place) => ({ block, place })).filter(({ block }) => keep.has(block))
  // What is kept must be written once: no repetition, and at each element.
  if (
    kept.length > 0 &&
    alignment.pairs.some((pair, axis) => pair === undefined && alignment.left.flat()[axis] !== 1)
  ) {
    return undefined
  }
  const cutProducer = cutMap(producer.kernel, alignment.right)
  const list = new OperandList()
  const inlined = producer.outputs.map((_, place) => inline(producer, cutProducer, place, alignment.pairs))
  const cutConsumer =
    consumer.kernel.kind === 'map' ? cutMap(consumer.kernel, alignment.left) : cutRow(consumer.kernel, alignment.left)
  const space = spaceOf<Space>(cutConsumer)
  const operandOf = (place: number): FusedOperand | Expression => {
    const block = consumer.inputs[place]
    const access = space.inputs[place]
    const dtype = cutConsumer.structure.inputs[place]
    if (block === undefined || access === undefined || dtype === undefined)
      throw new RangeError('compile: lost an operand')
    const from = inlined[producer.outputs.indexOf(block)]
    return from?.expression(list) ?? { block, dtype, access }
  }
  const adopt = (root: Expression): Expression => list.adopt(root, operandOf, consumer.cells)
  const extra = kept.flatMap(({ block, place }) => {
    const from = inlined[place]
    return from === undefined ? [] : [{ block, access: from.output, expression: from.expression(list) }]
  })
  const outputs = [...consumer.outputs, ...extra.map(({ block }) => block)]
  const accesses = [...space.outputs, ...extra.map(({ access }) => access)]
  const build = (): MapKernel | RowKernel => {
    if (cutConsumer.kind === 'map') {
      const roots = [...cutConsumer.structure.outputs.map(adopt), ...extra.map(({ expression }) => expression)]
      return {
        kind: 'map',
        structure: { inputs: list.operands.map(({ dtype }) => dtype), outputs: roots },
        spaces: [{ shape: space.shape, inputs: list.operands.map(({ access }) => access), outputs: accesses }],
      }
    }
    const stages = cutConsumer.structure.stages.map((stage) => ({ ...stage, expression: adopt(stage.expression) }))
    const rows = cutConsumer.structure.outputs.map((output) => ({ ...output, expression: adopt(output.expression) }))
    const elements = extra.map(({ expression }) => ({ per: 'element' as const, expression }))
    return {
      kind: 'row',
      structure: { inputs: list.operands.map(({ dtype }) => dtype), stages, outputs: [...rows, ...elements] },
      spaces: [
        {
          shape: space.shape,
          kept: spaceOf(cutConsumer).kept,
          inputs: list.operands.map(({ access }) => access),
          outputs: accesses,
        },
      ],
    }
  }
  const kernel = build()
  if (list.operands.length + outputs.length > maxOperands) return undefined
  return {
    kernel,
    inputs: list.operands.map(({ block }) => block),
    outputs,
    cells: list.cells,
    ops: [...producer.ops, ...consumer.ops],
  }
}
