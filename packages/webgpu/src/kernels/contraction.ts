import type { DType } from '@chainrule/tensor'
import { type ArgumentField, type Launch, mainHead } from '../launch.js'
import { valueType } from '../operand-code.js'
import type { Factor, Sink } from './factor.js'
import { type Tile, tileThreads } from './tile.js'
import { lineVectors, type Side, transfer } from './tile-transfer.js'

/** A product to be planned. */
export interface Contraction {
  readonly label: string
  readonly comment: string
  readonly key: string
  readonly dtype: DType
  readonly tile: Tile
  readonly batch: number
  readonly rows: number
  readonly columns: number
  readonly inner: number
  /** Parts of the inner axis that workgroups of their own sum. */
  readonly splits: number
  /** Length of a part, a multiple of 16. */
  readonly chunk: number
  readonly a: Factor
  readonly b: Factor
  readonly sink: Sink
  readonly cells: readonly ArgumentField[]
  /** Numbers that the code of the factors and of the sink knows by name. */
  readonly constants?: Readonly<Record<string, number>>
  readonly usesHalf: boolean
}

/** Tiles above each other in a band. */
const bandRows = 8

const laneNames = ['x', 'y', 'z', 'w'] as const

const mainCode = (contraction: Contraction): string => {
  const { tile, a, b, dtype } = contraction
  const type = valueType(dtype)
  const threads = tileThreads(tile)
  const across = tile.columns / tile.threadColumns
  const sides: readonly Side[] = [
    { name: 'a', factor: a, outer: tile.rows, first: 'first_row' },
    { name: 'b', factor: b, outer: tile.columns, first: 'first_column' },
  ]
  // Pieces of float16 stay as they are in workgroup memory; their products are exact in float32, which sums take.
  const held = dtype === 'float16' ? 'f16' : type
  const moves = sides.map((side) => transfer(side, tile, type, held))
  const rowVectors = tile.threadRows / 4
  const columnVectors = tile.threadColumns / 4
  const rows = Array.from({ length: tile.threadRows }, (_, row) => row)
  const columns = Array.from({ length: columnVectors }, (_, column) => column)
  const vector = `vec4<${type}>`
  const multiply = (row: number, column: number): string => {
    const left = `${vector}(a${String(Math.floor(row / 4))}.${laneNames[row % 4] ?? ''})`
    const sum = `sum_${String(row)}_${String(column)}`
    return type === 'f32'
      ? `${sum} = fma(${left}, b${String(column)}, ${sum});`
      : `${sum} = ${sum} + ${left} * b${String(column)};`
  }
  const fragment = (name: 'a' | 'b', count: number, thread: string, outer: number, factor: Factor): string[] =>
    Array.from({ length: count }, (_, part) => {
      const offset = part === 0 ? '' : ` + ${String(outer / 8)}u`
      const piece = `tile_${name}[k * ${String(lineVectors(outer, factor))}u + ${thread}${offset}]`
      return `        let ${name}${String(part)} = ${held === type ? piece : `${vector}(${piece})`};`
    })
  const results = rows.flatMap((row) =>
    columns.map((column) => ({
      sum: `sum_${String(row)}_${String(column)}`,
      row: Math.floor(row / 4) * (tile.rows / 2) + (row % 4),
      column: column * (tile.columns / 2),
    })),
  )
  const corner = ['first_row + thread_row * 4u', 'first_column + thread_column * 4u'] as const
  const ending = contraction.sink.isLong
    ? [
        `  var sums = array<${vector}, ${String(results.length)}>(${results.map(({ sum }) => sum).join(', ')});`,
        `  for (var each = 0u; each < ${String(results.length)}u; each++) {`,
        `    let row = each / ${String(columnVectors)}u;`,
        `    let row_at = ${corner[0]} + (row / 4u) * ${String(tile.rows / 2)}u + row % 4u;`,
        `    let column_at = ${corner[1]} + (each % ${String(columnVectors)}u) * ${String(tile.columns / 2)}u;`,
        '    finish(split, batch, row_at, column_at, sums[each]);',
        '  }',
      ]
    : results.map(
        ({ sum, row, column }) =>
          `  finish(split, batch, ${corner[0]} + ${String(row)}u, ${corner[1]} + ${String(column)}u, ${sum});`,
      )
  return [
    ...sides.map(
      ({ name, factor, outer }) =>
        `var<workgroup> tile_${name}: array<vec4<${held}>, ${String(tile.inner * lineVectors(outer, factor))}>;`,
    ),
    '',
    mainHead(threads),
    `  let tiles_across = (args.columns + ${String(tile.columns - 1)}u) / ${String(tile.columns)}u;`,
    `  let tiles = tiles_across * ((args.rows + ${String(tile.rows - 1)}u) / ${String(tile.rows)}u);`,
    '  let tile = group % tiles;',
    '  let split = (group / tiles) % args.splits;',
    '  let batch = group / tiles / args.splits;',
    '  if (batch >= args.batch) { return; }',
    `  // Workgroups that run together go down bands of ${String(bandRows)} tiles, so that they find each other's pieces in the cache.`,
    `  let band = tile / (tiles_across * ${String(bandRows)}u);`,
    `  let in_band = tile % (tiles_across * ${String(bandRows)}u);`,
    `  let band_rows = min(${String(bandRows)}u, tiles / tiles_across - band * ${String(bandRows)}u);`,
    `  let first_row = (band * ${String(bandRows)}u + in_band % band_rows) * ${String(tile.rows)}u;`,
    `  let first_column = (in_band / band_rows) * ${String(tile.columns)}u;`,
    `  let is_inside = first_row + ${String(tile.rows)}u <= args.rows && first_column + ${String(tile.columns)}u <= args.columns;`,
    '  let end = min(args.inner, (split + 1u) * args.chunk);',
    `  let thread_row = local / ${String(across)}u;`,
    `  let thread_column = local % ${String(across)}u;`,
    ...moves.flatMap(({ declarations }) => declarations.map((line) => `  ${line}`)),
    ...results.map(({ sum }) => `  var ${sum} = ${vector}();`),
    '  let start = split * args.chunk;',
    `  let steps = (max(end, start) - start + ${String(tile.inner - 1)}u) / ${String(tile.inner)}u;`,
    '  // Each round loads a piece, computes with the one before, and only then replaces it.',
    '  for (var step = 0u; step <= steps; step++) {',
    '    if (step < steps) {',
    `      let at = start + step * ${String(tile.inner)}u;`,
    `      let whole = is_inside && at + ${String(tile.inner)}u <= end;`,
    ...moves.flatMap(({ loads }) => loads.map((line) => `      ${line}`)),
    '    }',
    '    if (step > 0u) {',
    `      for (var k = 0u; k < ${String(tile.inner)}u; k++) {`,
    ...fragment('a', rowVectors, 'thread_row', tile.rows, a),
    ...fragment('b', columnVectors, 'thread_column', tile.columns, b),
    ...rows.flatMap((row) => columns.map((column) => `        ${multiply(row, column)}`)),
    '      }',
    '    }',
    '    workgroupBarrier();',
    '    if (step < steps) {',
    ...moves.flatMap(({ stores }) => stores.map((line) => `      ${line}`)),
    '    }',
    '    workgroupBarrier();',
    '  }',
    ...ending,
    '}',
  ].join('\n')
}

/**
 * The dispatch of a product: a workgroup computes a tile of results, going along the inner axis with pieces of both
 * factors in workgroup memory; each thread keeps its results in registers, and loads the next pieces while it computes.
 *
 * @param contraction - sizes, factors and where results go
 * @returns the launch
 */
export const contractionLaunch = (contraction: Contraction): Launch => {
  const { label, comment, key, tile, batch, rows, columns, inner, splits, chunk, a, b, sink, cells } = contraction
  const tileText = `${String(tile.rows)}×${String(tile.columns)}`
  const threadText = `${String(tile.threadRows)}×${String(tile.threadColumns)}`
  const constants = Object.entries(contraction.constants ?? {})
  const size = (name: string, value: number): ArgumentField => ({ name, type: 'u32', value })
  return {
    label,
    comment:
      `${comment}\nA workgroup computes ${tileText} results from pieces of ${String(tile.inner)} along the inner axis ` +
      `held in workgroup memory, a thread ${threadText} in registers.`,
    key: `${key} ${tileText}×${String(tile.inner)}/${threadText} ${[a, b].map((factor) => `${factor.contiguous.charAt(0)}${factor.isVector ? '4' : '1'}${factor.key}`).join(' ')} ${sink.key} ${constants.map(([, value]) => value).join()}`,
    operands: [...a.operands, ...b.operands, ...sink.operands],
    fields: [
      size('batch', batch),
      size('rows', rows),
      size('columns', columns),
      size('inner', inner),
      size('splits', splits),
      size('chunk', chunk),
      ...a.fields,
      ...b.fields,
      ...sink.fields,
      ...cells,
    ],
    workgroups: Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns) * splits * batch,
    body: (codes) =>
      [
        ...constants.map(([name, value]) => `const ${name} = ${String(value)}u;`),
        '',
        a.code(codes),
        b.code(codes),
        sink.code(codes),
        mainCode(contraction),
      ].join('\n'),
    ...(contraction.usesHalf ? { extensions: ['f16' as const] } : {}),
  }
}
