import { mainHead } from '../launch.js'
import { type OperandCode, valueType } from '../operand-code.js'
import { groupThreads } from '../plan-context.js'
import type { ElementFunction } from './element-code.js'
import type { MapSpace, MapWalk } from './map-space.js'

/** Coordinates of a thread: x0, x1, … outermost first; \`line\` is the number of its group along the innermost axis. */
const coordinatesCode = ({ name, axes, width }: MapSpace): string[] => {
  const last = axes.length - 1
  if (last < 0) return []
  const groups = width === 4 ? `((args.${name}size${String(last)} + 3u) / 4u)` : `args.${name}size${String(last)}`
  if (last === 0) return ['let line = thread;']
  const lines = [`let groups = ${groups};`, 'let line = thread % groups;']
  let rest = 'thread / groups'
  for (let axis = last - 1; axis > 0; axis--) {
    const of = `args.${name}size${String(axis)}`
    lines.push(`let rest${String(axis)} = ${rest};`, `let x${String(axis)} = rest${String(axis)} % ${of};`)
    rest = `rest${String(axis)} / ${of}`
  }
  return [...lines, `let x0 = ${rest};`]
}

/** Place of a walk's first element, in units of its lanes. */
const placeCode = ({ access, strides, operand: { name } }: MapWalk, width: number): string => {
  const inner = strides.length - 1
  const outer = strides.slice(0, -1).map((_, axis) => ` + x${String(axis)} * args.${name}_stride${String(axis)}`)
  const base = `args.${name}_offset${outer.join('')}`
  if (inner < 0 || access === 'same') return base
  if (access === 'whole') return `${base} + line`
  const column = width === 4 ? 'line * 4u' : 'line'
  return `${base} + ${column} * args.${name}_stride${String(inner)}`
}

const laneNames = ['x', 'y', 'z', 'w'] as const

/**
 * The function that computes what one thread owns of a space.
 *
 * @param plan - the space
 * @param codes - loads and stores of its operands
 * @param element - computes one element
 * @param indexed - axes whose coordinates it takes
 * @returns WGSL
 */
export const mapSpaceCode = (
  plan: MapSpace,
  codes: readonly OperandCode[],
  element: ElementFunction,
  indexed: ReadonlySet<number>,
): string => {
  const codeOf = (walk: MapWalk): OperandCode => {
    const code = codes.find(({ operand }) => operand.name === walk.operand.name)
    if (!code) throw new RangeError(`${walk.operand.name} has no code`)
    return code
  }
  const inner = plan.axes.length - 1
  const lines = coordinatesCode(plan)
  const indices = (lane: number): string[] =>
    [...indexed].map((wanted) => {
      const axis = plan.axes.findIndex(({ original }) => original === wanted)
      if (axis < 0) return '0i'
      if (axis < inner) return `i32(x${String(axis)})`
      return plan.width === 4 ? `i32(line * 4u + ${String(lane)}u)` : 'i32(line)'
    })
  const lanes = plan.width === 4 ? [0, 1, 2, 3] : [0]
  for (const walk of plan.inputs) {
    const code = codeOf(walk)
    const { name, dtype } = walk.operand
    const type = `vec4<${valueType(dtype)}>`
    const stride = `args.${name}_stride${String(inner)}`
    const place = placeCode(walk, plan.width)
    if (plan.width === 1) lines.push(`let ${name}_value = ${code.load(place)};`)
    else if (walk.access === 'whole') lines.push(`let ${name}_value = ${code.loadLanes(place)};`)
    else if (walk.access === 'same') lines.push(`let ${name}_value = ${type}(${code.load(place)});`)
    else {
      const each = lanes.map((lane) => code.load(`${name}_at + ${String(lane)}u * ${stride}`))
      lines.push(`let ${name}_at = ${place};`, `let ${name}_value = ${type}(${each.join(', ')});`)
    }
  }
  const valueOf = (walk: MapWalk, lane: number): string =>
    `${walk.operand.name}_value${plan.width === 4 ? `.${laneNames[lane] ?? ''}` : ''}`
  const results = lanes.map((lane) => {
    lines.push(
      `let result${String(lane)} = ${element.call(
        plan.inputs.map((walk) => valueOf(walk, lane)),
        indices(lane),
      )};`,
    )
    return `result${String(lane)}`
  })
  if (plan.width === 4 && plan.hasTail) lines.push(`let valid = args.${plan.name}size${String(inner)} - line * 4u;`)
  plan.outputs.forEach((walk, position) => {
    const code = codeOf(walk)
    const { name, dtype } = walk.operand
    const values = results.map((result) => element.result(result, position))
    const place = placeCode(walk, plan.width)
    if (plan.width === 1) lines.push(code.store(place, values[0] ?? ''))
    else if (walk.access === 'whole') {
      const value = `vec4<${valueType(dtype)}>(${values.join(', ')})`
      lines.push(code.storeLanes(place, value, plan.hasTail ? 'valid' : undefined))
    } else {
      lines.push(`let ${name}_at = ${place};`)
      values.forEach((value, lane) => {
        const store = code.store(`${name}_at + ${String(lane)}u * args.${name}_stride${String(inner)}`, value)
        lines.push(plan.hasTail && lane > 0 ? `if (valid > ${String(lane)}u) { ${store} }` : store)
      })
    }
  })
  return [
    `fn ${plan.name}space(thread: u32) {`,
    `  if (thread >= args.${plan.name}threads) { return; }`,
    ...lines.map((line) => `  ${line}`),
    '}',
    '',
  ].join('\n')
}

/** Workgroups of a space. */
export const mapSpaceGroups = (plan: MapSpace): number => Math.ceil(plan.threads / groupThreads)

/** The entry point: finds which space a workgroup belongs to. */
export const mapMainCode = (plans: readonly MapSpace[]): string => {
  const lines = [mainHead(groupThreads), '  var first = 0u;']
  if (plans.length === 1)
    return [mainHead(groupThreads), `  space(group * ${String(groupThreads)}u + local);`, '}'].join('\n')
  for (const { name } of plans) {
    const count = `(args.${name}threads + ${String(groupThreads - 1)}u) / ${String(groupThreads)}u`
    lines.push(
      `  if (group - first < ${count}) {`,
      `    ${name}space((group - first) * ${String(groupThreads)}u + local);`,
      '    return;',
      '  }',
      `  first += ${count};`,
    )
  }
  return [...lines, '}'].join('\n')
}
