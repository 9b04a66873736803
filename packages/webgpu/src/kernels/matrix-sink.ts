import type { Access, DType, Expression, MatmulKernel } from '@chainrule/tensor'
import { expressionCode } from '../expression-code.js'
import type { ArgumentField, LaunchOperand, MemoryReference } from '../launch.js'
import { functionsText, type WgslFunction } from '../math/wgsl-function.js'
import type { NormalAxis } from '../normal-space.js'
import { type OperandCode, valueType } from '../operand-code.js'
import type { Sink } from './factor.js'
import { cellCode, expressionsKey } from './element-code.js'
import { batchFields, batchOffsetCode } from './matrix-factor.js'
import { leavesOf } from './row-structure.js'

const codeFor = (codes: readonly OperandCode[], name: string): OperandCode => {
  const found = codes.find(({ operand }) => operand.name === name)
  if (!found) throw new RangeError(`${name} has no code`)
  return found
}

/** Stores sums of parts densely as [splits, batch, rows, columns], for a later sum. */
export const partialSink = (dtype: DType, memory: MemoryReference, columns: number): Sink => {
  const isVector = columns % 4 === 0
  const stored = dtype === 'float16' ? 'float32' : dtype
  const described: LaunchOperand = { name: 'parts', memory, dtype: stored, lanes: isVector ? 4 : 1, writes: true }
  const type = valueType(dtype)
  const code = (codes: readonly OperandCode[]): string => {
    const parts = codeFor(codes, 'parts')
    const each = ['x', 'y', 'z', 'w'].map(
      (lane, at) =>
        `  if (column + ${String(at)}u < args.columns) { ${parts.store(`at + ${String(at)}u`, `value.${lane}`)} }`,
    )
    return [
      `fn finish(split: u32, batch: u32, row: u32, column: u32, value: vec4<${type}>) {`,
      '  if (row >= args.rows || column >= args.columns) { return; }',
      '  let at = ((split * args.batch + batch) * args.rows + row) * args.columns + column;',
      ...(isVector ? [`  ${parts.storeLanes('at / 4u', 'value')}`] : each),
      '}',
      '',
    ].join('\n')
  }
  return { operands: [described], fields: [], key: `parts${isVector ? '4' : '1'}`, isLong: !isVector, code }
}

/** How four neighbouring columns of an operand are reached. */
interface ColumnWalk {
  readonly operand: LaunchOperand
  readonly access: 'whole' | 'same' | 'each'
  readonly fields: readonly ArgumentField[]
}

const columnWalk = (
  name: string,
  memory: MemoryReference,
  dtype: DType,
  access: Access,
  batchAxes: number,
  batch: readonly NormalAxis[],
  position: number,
  columns: number,
  writes: boolean,
): ColumnWalk => {
  const [rowStride = 0, columnStride = 0] = access.strides.slice(batchAxes)
  const steps = [access.offset, rowStride, ...batch.map(({ strides }) => strides[position] ?? 0)]
  const isWhole = columnStride === 1 && columns % 4 === 0 && steps.every((step) => step % 4 === 0)
  const kind = isWhole ? 'whole' : columnStride === 0 && !writes ? 'same' : 'each'
  const unit = isWhole ? 4 : 1
  const operand: LaunchOperand = { name, memory, dtype, lanes: isWhole ? 4 : 1, writes }
  return {
    operand: writes && dtype === 'bool' && !isWhole ? { ...operand, atomic: true } : operand,
    access: kind,
    fields: [
      ...batchFields(name, access.offset, batch, position, unit),
      { name: `${name}_row`, type: 'u32', value: rowStride / unit },
      ...(kind === 'each' ? [{ name: `${name}_column`, type: 'u32' as const, value: columnStride }] : []),
    ],
  }
}

const laneNames = ['x', 'y', 'z', 'w'] as const

/**
 * Stores results of a product through an epilogue.
 *
 * @param kernel - the product, with batch axes folded into rows where possible
 * @param batch - its merged batch axes, with strides of [a, b, output, ...epilogue inputs]
 * @param output - where results go
 * @param epilogueMemory - where the operands of the epilogue lie
 * @returns the sink
 */
export const matrixSink = (
  kernel: MatmulKernel,
  batch: readonly NormalAxis[],
  output: MemoryReference,
  epilogueMemory: (position: number) => MemoryReference,
): Sink => {
  const { epilogue, dtype } = kernel.structure
  const axes = kernel.batch.length
  const walk = (name: string, memory: MemoryReference, of: DType, access: Access, at: number, writes: boolean) =>
    columnWalk(name, memory, of, access, axes, batch, at, kernel.columns, writes)
  const expression: Expression = epilogue?.expression ?? { kind: 'stage', dtype, stage: 0 }
  const out = walk('out', output, expression.dtype, kernel.output, 2, true)
  const others = kernel.epilogueInputs.map((access, position) =>
    walk(
      `in${String(position)}`,
      epilogueMemory(position),
      epilogue?.inputs[position] ?? dtype,
      access,
      position + 3,
      false,
    ),
  )
  const type = valueType(dtype)
  const place = ({ operand: { name }, access }: ColumnWalk): string => {
    const line = `base_${name}(batch) + row * args.${name}_row`
    return access === 'whole'
      ? `${line} + column / 4u`
      : access === 'each'
        ? `${line} + column * args.${name}_column`
        : line
  }
  const code = (codes: readonly OperandCode[]): string => {
    const needed = new Set<WgslFunction>()
    const leaves = leavesOf([expression])
    const body = expressionCode(
      [expression],
      {
        input: (position) => `in${String(position)}`,
        cell: cellCode,
        index: (axis) => `index${String(axis)}`,
        count: () => '1',
        stage: () => 'sum',
      },
      (callee) => needed.add(callee),
    )
    const parameters = [
      `sum: ${type}`,
      ...leaves.inputs.map((position) => `in${String(position)}: ${valueType(epilogue?.inputs[position] ?? dtype)}`),
      ...leaves.axes.map((axis) => `index${String(axis)}: i32`),
    ]
    const lines: string[] = []
    for (const position of leaves.inputs) {
      const other = others[position]
      if (!other) continue
      const { name } = other.operand
      const own = codeFor(codes, name)
      const vector = `vec4<${valueType(other.operand.dtype)}>`
      if (other.access === 'whole') lines.push(`let ${name}_value = ${own.loadLanes(place(other))};`)
      else if (other.access === 'same') lines.push(`let ${name}_value = ${vector}(${own.load(place(other))});`)
      else {
        const each = [0, 1, 2, 3].map((lane) => own.load(`${name}_at + ${String(lane)}u * args.${name}_column`))
        lines.push(`let ${name}_at = ${place(other)};`, `let ${name}_value = ${vector}(${each.join(', ')});`)
      }
    }
    // Coordinates of the batch axes, which are not merged where an epilogue asks for them.
    const axisCode = (axis: number, lane: number): string => {
      if (axis === axes) return 'i32(row)'
      if (axis === axes + 1) return `i32(column + ${String(lane)}u)`
      const at = batch.findIndex(({ original }) => original === axis)
      if (at < 0) return '0i'
      const inner = batch.slice(at + 1).map((_, next) => `args.batch_size${String(at + 1 + next)}`)
      const rest = inner.length === 0 ? 'batch' : `(batch / (${inner.join(' * ')}))`
      return at === 0 ? `i32(${rest})` : `i32(${rest} % args.batch_size${String(at)})`
    }
    const calls = laneNames.map((lane, at) => {
      const values = leaves.inputs.map((position) => `${others[position]?.operand.name ?? ''}_value.${lane}`)
      const axisValues = leaves.axes.map((axis) => axisCode(axis, at))
      return `epilogue(${[`value.${lane}`, ...values, ...axisValues].join(', ')})`
    })
    const results = epilogue ? calls : laneNames.map((lane) => `value.${lane}`)
    const outCode = codeFor(codes, 'out')
    if (out.access === 'whole') {
      lines.push(
        outCode.storeLanes(
          place(out),
          epilogue ? `vec4<${valueType(expression.dtype)}>(${results.join(', ')})` : 'value',
        ),
      )
    } else {
      lines.push(`let out_at = ${place(out)};`)
      results.forEach((result, lane) => {
        const store = outCode.store(`out_at + ${String(lane)}u * args.out_column`, result)
        lines.push(`if (column + ${String(lane)}u < args.columns) { ${store} }`)
      })
    }
    const bases = [out, ...others.filter((_, position) => leaves.inputs.includes(position))]
    return [
      functionsText(needed),
      ...bases.flatMap(({ operand: { name } }) => [
        `fn base_${name}(batch: u32) -> u32 {`,
        ...batchOffsetCode(name, batch),
        '}',
        '',
      ]),
      ...(epilogue
        ? [
            `fn epilogue(${parameters.join(', ')}) -> ${valueType(expression.dtype)} {`,
            ...body.lines.map((line) => `  ${line}`),
            `  return ${body.results[0] ?? ''};`,
            '}',
            '',
          ]
        : []),
      `fn finish(split: u32, batch: u32, row: u32, column: u32, value: vec4<${type}>) {`,
      '  if (row >= args.rows || column >= args.columns) { return; }',
      ...lines.map((line) => `  ${line}`),
      '}',
      '',
    ].join('\n')
  }
  const accesses = [out, ...others].map(({ access }) => access.charAt(0)).join('')
  const originals = batch.map(({ original }) => original ?? '-').join('')
  return {
    operands: [out.operand, ...others.map(({ operand }) => operand)],
    fields: [...out.fields, ...others.flatMap(({ fields }) => fields)],
    isLong: epilogue !== undefined || out.access !== 'whole',
    key: `${epilogue ? `${epilogue.inputs.join()} ${expressionsKey([expression])} ${originals}` : 'plain'} ${accesses}`,
    code,
  }
}
