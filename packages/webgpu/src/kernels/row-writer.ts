import type { RowStructure } from '@chainrule/tensor'
import { type OperandCode, valueType } from '../operand-code.js'
import { CodeLines } from './code-lines.js'
import { type LeafFunction, stageReduction } from './row-functions.js'
import { StageCarriers } from './row-lanes.js'
import type { RowLayout, RowWalk } from './row-layout.js'
import { RowPartials } from './row-partials.js'
import { leavesOf, rowFacts, type RowPhase } from './row-structure.js'

const laneNames = ['x', 'y', 'z', 'w'] as const

/** Functions of the stages and of the outputs of a row kernel. */
export interface RowFunctions {
  readonly stages: readonly LeafFunction[]
  readonly outputs: readonly LeafFunction[]
}

/** Writes the WGSL of one space of a launch of a row kernel. */
export class RowWriter {
  readonly #structure: RowStructure
  readonly #layout: RowLayout
  readonly #codes: readonly OperandCode[]
  readonly #functions: RowFunctions
  readonly #subgroup: number
  readonly #lines = new CodeLines()
  readonly #carriers: StageCarriers

  /**
   * @param structure - of the kernel
   * @param layout - the space
   * @param codes - loads and stores of its operands
   * @param functions - of its expressions
   * @param subgroup - threads that exchange registers, 0 for none
   */
  constructor(
    structure: RowStructure,
    layout: RowLayout,
    codes: readonly OperandCode[],
    functions: RowFunctions,
    subgroup: number,
  ) {
    this.#structure = structure
    this.#layout = layout
    this.#codes = codes
    this.#functions = functions
    this.#subgroup = subgroup
    this.#carriers = new StageCarriers(structure, this.#lines)
  }

  /** The function `space` of the workgroup's number and the thread's. */
  text(phase: RowPhase): string {
    this.#lines.block(`fn ${this.#layout.name}space(group: u32, local: u32)`, () => {
      this.#head()
      for (let level = 0; level < phase.finished; level++) this.#partials().combine(level)
      for (const level of phase.passes) this.#pass(level)
      if (phase.ending === 'partials') for (const level of phase.passes) this.#partials().store(level)
      else this.#storeOutputs()
    })
    return `${this.#lines.text}\n`
  }

  #arg(field: string): string {
    return `args.${this.#layout.name}${field}`
  }

  #codeOf({ operand }: RowWalk): OperandCode {
    const code = this.#codes.find((candidate) => candidate.operand.name === operand.name)
    if (!code) throw new RangeError(`${operand.name} has no code`)
    return code
  }

  /** Which row and which elements of it a thread owns, and where the operands of the row begin. */
  #head(): void {
    const { cut, kept, outputs, inputs } = this.#layout
    const lanes = `${String(cut.lanes)}u`
    const rowsPerGroup = `${String(cut.rowsPerGroup)}u`
    const [lane, slot] = cut.alongRow
      ? [`local % ${lanes}`, `local / ${lanes}`]
      : [`local / ${rowsPerGroup}`, `local % ${rowsPerGroup}`]
    const end = cut.width === 1 ? 'row_count' : 'row_count / 4u'
    this.#lines.add(`let lane = ${lane};`, `let row_count = ${this.#arg('count')};`)
    if (cut.chunks > 1) {
      this.#lines.add(
        `let row_groups = (${this.#arg('rows')} + ${String(cut.rowsPerGroup - 1)}u) / ${rowsPerGroup};`,
        'let chunk = group / row_groups;',
        `let row = (group % row_groups) * ${rowsPerGroup} + ${slot};`,
        `let is_row = row < ${this.#arg('rows')} && chunk < ${this.#arg('chunks')};`,
        `let first = chunk * ${this.#arg('chunk')};`,
        `let last = select(0u, min(first + ${this.#arg('chunk')}, ${end}), is_row);`,
      )
    } else {
      this.#lines.add(
        `let row = group * ${rowsPerGroup} + ${slot};`,
        `let is_row = row < ${this.#arg('rows')};`,
        'let first = 0u;',
        `let last = select(0u, ${end}, is_row);`,
      )
    }
    this.#coordinates('k', 'row', kept.length, 'kept')
    const isBound = ({ operand }: RowWalk): boolean => this.#codes.some((code) => code.operand.name === operand.name)
    for (const walk of [...outputs, ...inputs].filter(isBound)) {
      const { name } = walk.operand
      const terms = walk.kept.map((_, axis) => ` + k${String(axis)} * args.${name}_kept${String(axis)}`)
      this.#lines.add(`let ${name}_row = args.${name}_offset${terms.join('')};`)
    }
    for (const walk of inputs) {
      if (walk.access !== 'row') continue
      const { name } = walk.operand
      this.#lines.add(`let ${name}_value = ${this.#codeOf(walk).load(`${name}_row`)};`)
    }
  }

  /** Splits a flat number into coordinates of axes, outermost first. */
  #coordinates(prefix: string, flat: string, rank: number, sizes: string): void {
    if (rank === 0) return
    let rest = flat
    for (let axis = rank - 1; axis > 0; axis--) {
      const size = this.#arg(`${sizes}_size${String(axis)}`)
      const next = `${prefix}_rest${String(axis)}`
      this.#lines.add(`let ${prefix}${String(axis)} = ${rest} % ${size};`, `let ${next} = ${rest} / ${size};`)
      rest = next
    }
    this.#lines.add(`let ${prefix}0 = ${rest};`)
  }

  /** Place of the elements at `at` of an operand that moves along the row. */
  #place({ operand: { name }, reduced, access }: RowWalk): string {
    const inner = reduced.length - 1
    const outer = reduced.slice(0, -1).map((_, axis) => ` + r${String(axis)} * args.${name}_reduced${String(axis)}`)
    const base = `${name}_row${outer.join('')}`
    if (inner < 0 || access === 'same') return base
    if (access === 'whole') return `${base} + r${String(inner)}`
    const column = this.#layout.cut.width === 4 ? `r${String(inner)} * 4u` : `r${String(inner)}`
    return `${base} + ${column} * args.${name}_reduced${String(inner)}`
  }

  /** A loop over the elements of the row that the thread owns, with the values of some inputs. */
  #loop(inputs: readonly number[], body: () => void): void {
    const { cut, reduced } = this.#layout
    this.#lines.block(`for (var at = first + lane; at < last; at += ${String(cut.lanes)}u)`, () => {
      this.#coordinates('r', 'at', reduced.length, cut.width === 4 ? 'steps' : 'reduced')
      for (const position of inputs) {
        const walk = this.#layout.inputs[position]
        if (walk && walk.access !== 'row') this.#load(walk)
      }
      body()
    })
  }

  #load(walk: RowWalk): void {
    const code = this.#codeOf(walk)
    const { name, dtype } = walk.operand
    const place = this.#place(walk)
    if (walk.access === 'whole') this.#lines.add(`let ${name}_value = ${code.loadLanes(place)};`)
    else if (walk.access === 'each' && this.#layout.cut.width === 4) {
      const stride = `args.${name}_reduced${String(walk.reduced.length - 1)}`
      const each = laneNames.map((_, lane) => code.load(`${name}_at + ${String(lane)}u * ${stride}`)).join(', ')
      this.#lines.add(`let ${name}_at = ${place};`, `let ${name}_value = vec4<${valueType(dtype)}>(${each});`)
    } else this.#lines.add(`let ${name}_value = ${code.load(place)};`)
  }

  #value(position: number, lane: number): string {
    const walk = this.#layout.inputs[position]
    const isLane = this.#layout.cut.width === 4 && (walk?.access === 'whole' || walk?.access === 'each')
    return `${walk?.operand.name ?? ''}_value${isLane ? `.${laneNames[lane] ?? ''}` : ''}`
  }

  #index(axis: number, lane: number): string {
    const { kept, reduced, cut } = this.#layout
    const keptAxis = kept.findIndex(({ original }) => original === axis)
    if (keptAxis >= 0) return `i32(k${String(keptAxis)})`
    const reducedAxis = reduced.findIndex(({ original }) => original === axis)
    if (reducedAxis < 0) return '0i'
    if (cut.width === 1 || reducedAxis < reduced.length - 1) return `i32(r${String(reducedAxis)})`
    return `i32(r${String(reducedAxis)} * 4u + ${String(lane)}u)`
  }

  #call(leaf: LeafFunction | undefined, lane: number): string {
    if (!leaf) throw new RangeError('a stage or output has no function')
    return leaf.call(
      (position) => this.#value(position, lane),
      (axis) => this.#index(axis, lane),
    )
  }

  #lanesOfStep(): readonly number[] {
    return this.#layout.cut.width === 4 ? [0, 1, 2, 3] : [0]
  }

  /** One pass: every thread reduces its elements, then the threads of a row reduce what they have. */
  #pass(level: number): void {
    const stages = rowFacts(this.#structure).levels[level] ?? []
    const expressions = stages.flatMap((stage) => this.#structure.stages[stage]?.expression ?? [])
    for (const stage of stages) this.#carriers.declare(stage)
    this.#loop(leavesOf(expressions).inputs, () => {
      for (const lane of this.#lanesOfStep()) {
        for (const stage of stages) this.#takeElement(stage, lane)
      }
    })
    this.#carriers.acrossLanes(stages, this.#layout.cut, this.#subgroup)
  }

  #takeElement(stage: number, lane: number): void {
    const { type, hasPlace } = stageReduction(this.#structure, stage)
    const call = this.#call(this.#functions.stages[stage], lane)
    const isCounted = type === 'i32' && this.#structure.stages[stage]?.expression.dtype === 'bool'
    const value = isCounted ? `i32(${call})` : call
    if (!hasPlace) {
      this.#carriers.take(stage, value, '')
      return
    }
    const candidate = `candidate${String(stage)}_${String(lane)}`
    this.#lines.add(`let ${candidate} = ${value};`)
    const place = this.#layout.cut.width === 4 ? `i32(at * 4u + ${String(lane)}u)` : 'i32(at)'
    this.#carriers.take(stage, candidate, place)
  }

  #partials(): RowPartials {
    return new RowPartials(this.#structure, this.#layout, this.#codes, this.#lines, this.#carriers, this.#subgroup)
  }

  #storeOutputs(): void {
    const { outputs, cut } = this.#layout
    const numbered = outputs.map((walk, position) => ({ walk, position, described: this.#structure.outputs[position] }))
    const perElement = numbered.filter(({ described }) => described?.per === 'element')
    const perRow = numbered.filter(({ described }) => described?.per === 'row')
    if (perElement.length > 0) {
      const expressions = perElement.flatMap(({ described }) => described?.expression ?? [])
      this.#loop(leavesOf(expressions).inputs, () => {
        // All values before any store: an output may lie where an input does.
        const values = perElement.map(({ position }) =>
          this.#lanesOfStep().map((lane) => {
            const name = `result${String(position)}_${String(lane)}`
            this.#lines.add(`let ${name} = ${this.#call(this.#functions.outputs[position], lane)};`)
            return name
          }),
        )
        perElement.forEach(({ walk }, at) => this.#storeStep(walk, values[at] ?? []))
      })
    }
    if (perRow.length === 0) return
    this.#lines.block(`if (is_row && lane == 0u${cut.chunks > 1 ? ' && chunk == 0u' : ''})`, () => {
      for (const { position } of perRow) {
        this.#lines.add(`let result${String(position)} = ${this.#call(this.#functions.outputs[position], 0)};`)
      }
      for (const { walk, position } of perRow) {
        this.#lines.add(this.#codeOf(walk).store(`${walk.operand.name}_row`, `result${String(position)}`))
      }
    })
  }

  #storeStep(walk: RowWalk, values: readonly string[]): void {
    const code = this.#codeOf(walk)
    const { name, dtype } = walk.operand
    const place = this.#place(walk)
    if (this.#layout.cut.width === 1) this.#lines.add(code.store(place, values[0] ?? ''))
    else if (walk.access === 'whole') {
      this.#lines.add(code.storeLanes(place, `vec4<${valueType(dtype)}>(${values.join(', ')})`))
    } else {
      const stride = `args.${name}_reduced${String(walk.reduced.length - 1)}`
      this.#lines.add(`let ${name}_at = ${place};`)
      values.forEach((value, lane) => this.#lines.add(code.store(`${name}_at + ${String(lane)}u * ${stride}`, value)))
    }
  }
}
