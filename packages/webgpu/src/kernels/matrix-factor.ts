import type { Access, DType } from '@chainrule/tensor'
import type { ArgumentField, LaunchOperand, MemoryReference } from '../launch.js'
import type { NormalAxis } from '../normal-space.js'
import { type OperandCode, valueType } from '../operand-code.js'
import type { Factor } from './factor.js'

/** WGSL that adds the steps along merged batch axes to an offset, given the flat number of the batch. */
export const batchOffsetCode = (name: string, batch: readonly NormalAxis[]): string[] => {
  const lines: string[] = []
  let rest = 'batch'
  for (let axis = batch.length - 1; axis > 0; axis--) {
    const size = `args.batch_size${String(axis)}`
    lines.push(`  let batch${String(axis)} = ${rest} % ${size};`, `  let rest${String(axis)} = ${rest} / ${size};`)
    rest = `rest${String(axis)}`
  }
  if (batch.length > 0) lines.push(`  let batch0 = ${rest};`)
  const terms = batch.map((_, axis) => ` + batch${String(axis)} * args.${name}_batch${String(axis)}`)
  return [...lines, `  return args.${name}_offset${terms.join('')};`]
}

/** Arguments for `batchOffsetCode`: offset and steps along merged batch axes, in units of some elements. */
export const batchFields = (
  name: string,
  offset: number,
  batch: readonly NormalAxis[],
  operand: number,
  unit: number,
): ArgumentField[] => [
  { name: `${name}_offset`, type: 'u32', value: offset / unit },
  ...batch.map(({ strides }, axis): ArgumentField => ({
    name: `${name}_batch${String(axis)}`,
    type: 'u32',
    value: (strides[operand] ?? 0) / unit,
  })),
]

/**
 * A factor of a product in memory, plain or transposed: whichever of its axes is contiguous is loaded four at a time.
 *
 * @param name - `a` or `b`
 * @param memory - where it lies
 * @param dtype - of its elements
 * @param access - strides along [...batch, rows, columns]
 * @param batchAxes - how many of them are batch axes
 * @param operand - its position in the strides of `batch`
 * @param batch - merged batch axes
 * @param outer - the argument that holds the size of its outer axis
 * @returns the factor
 */
export const matrixFactor = (
  name: 'a' | 'b',
  memory: MemoryReference,
  dtype: DType,
  access: Access,
  batchAxes: number,
  operand: 0 | 1,
  batch: readonly NormalAxis[],
  outer: 'rows' | 'columns',
): Factor => {
  const [first = 0, second = 0] = access.strides.slice(batchAxes)
  const [outerStride, innerStride] = name === 'a' ? [first, second] : [second, first]
  const contiguous = Math.abs(innerStride) < Math.abs(outerStride) || outerStride === 0 ? 'inner' : 'outer'
  const [along, across] = contiguous === 'inner' ? [innerStride, outerStride] : [outerStride, innerStride]
  const batchSteps = batch.map(({ strides }) => strides[operand] ?? 0)
  const isVector = along === 1 && [access.offset, across, ...batchSteps].every((step) => step % 4 === 0)
  const unit = isVector ? 4 : 1
  const type = valueType(dtype)
  const described: LaunchOperand = { name, memory, dtype, lanes: unit, writes: false }
  const fields: ArgumentField[] = [
    ...batchFields(name, access.offset, batch, operand, unit),
    { name: `${name}_across`, type: 'u32', value: across / unit },
    ...(isVector ? [] : [{ name: `${name}_along`, type: 'u32' as const, value: along }]),
    ...(operand === 0
      ? batch.map(({ size }, axis): ArgumentField => ({ name: `batch_size${String(axis)}`, type: 'u32', value: size }))
      : []),
  ]
  const code = (codes: readonly OperandCode[]): string => {
    const own = codes.find(({ operand: candidate }) => candidate.name === name)
    if (!own) throw new RangeError(`factor ${name} has no code`)
    const alongIndex = contiguous
    const lines = isVector
      ? [
          `  let value = ${own.loadLanes(contiguous === 'inner' ? 'place + inner / 4u' : `place + inner * args.${name}_across`)};`,
          '  if (whole) { return value; }',
          `  let along = vec4<u32>(${alongIndex}) + vec4<u32>(0u, 1u, 2u, 3u);`,
          contiguous === 'inner'
            ? `  let exists = (along < vec4<u32>(end)) & vec4<bool>(outer < args.${outer});`
            : `  let exists = (along < vec4<u32>(args.${outer})) & vec4<bool>(inner < end);`,
          `  return select(vec4<${type}>(), value, exists);`,
        ]
      : [
          `  let value = ${own.load(`place + inner * args.${name}_${contiguous === 'inner' ? 'along' : 'across'}`)};`,
          '  if (whole) { return value; }',
          `  return select(${type}(), value, outer < args.${outer} && inner < end);`,
        ]
    const step =
      contiguous === 'inner' ? `outer * args.${name}_across` : isVector ? 'outer / 4u' : `outer * args.${name}_along`
    return [
      `fn base_${name}(batch: u32) -> u32 {`,
      ...batchOffsetCode(name, batch),
      '}',
      '',
      `fn place_of_${name}(batch: u32, outer: u32) -> u32 {`,
      `  return base_${name}(batch) + ${step};`,
      '}',
      '',
      `fn load_${name}(place: u32, outer: u32, inner: u32, end: u32, whole: bool) -> ${isVector ? `vec4<${type}>` : type} {`,
      ...lines,
      '}',
      '',
    ].join('\n')
  }
  return {
    operands: [described],
    fields,
    contiguous,
    placeType: 'u32',
    isVector,
    key: `b${String(batch.length)}`,
    code,
  }
}
