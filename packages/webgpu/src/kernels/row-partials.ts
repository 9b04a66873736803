import type { RowStructure } from '@chainrule/tensor'
import type { OperandCode } from '../operand-code.js'
import type { CodeLines } from './code-lines.js'
import { stageReduction } from './row-functions.js'
import { noPlace, type StageCarriers } from './row-lanes.js'
import type { RowLayout } from './row-layout.js'
import { partialSlots, rowFacts } from './row-structure.js'

/** Writes how partial results of rows that are cut into chunks go to scratch memory and come back. */
export class RowPartials {
  readonly #structure: RowStructure
  readonly #layout: RowLayout
  readonly #code: OperandCode
  readonly #lines: CodeLines
  readonly #carriers: StageCarriers
  readonly #subgroup: number

  /**
   * @param structure - of the kernel
   * @param layout - the space
   * @param codes - loads and stores, the scratch memory among them
   * @param lines - where to write
   * @param carriers - the variables of the stages
   * @param subgroup - threads that exchange registers, 0 for none
   */
  constructor(
    structure: RowStructure,
    layout: RowLayout,
    codes: readonly OperandCode[],
    lines: CodeLines,
    carriers: StageCarriers,
    subgroup: number,
  ) {
    const code = codes.find(({ operand }) => operand.name === 'partials')
    if (!code) throw new RangeError('partial results have no code')
    this.#structure = structure
    this.#layout = layout
    this.#code = code
    this.#lines = lines
    this.#carriers = carriers
    this.#subgroup = subgroup
  }

  #arg(field: string): string {
    return `args.${this.#layout.name}${field}`
  }

  #partialAt(slot: number, chunk: string): string {
    const row = `${this.#arg('partials')} + (${String(slot)}u * ${this.#arg('rows')} + row)`
    return `${row} * ${this.#arg('chunks')} + ${chunk}`
  }

  #loadPartial(type: 'bool' | 'i32' | 'f32', slot: number): string {
    const word = this.#code.load(this.#partialAt(slot, 'other'))
    return type === 'f32' ? `bitcast<f32>(${word})` : type === 'bool' ? `(${word} != 0i)` : word
  }

  /** Combines what the chunks of a row left, each lane those of some chunks in order. */
  combine(level: number): void {
    const { cut } = this.#layout
    const stages = rowFacts(this.#structure).levels[level] ?? []
    const { slotOf } = partialSlots(this.#structure)
    for (const stage of stages) this.#carriers.declare(stage)
    const head = `for (var other = lane; is_row && other < ${this.#arg('chunks')}; other += ${String(cut.lanes)}u)`
    this.#lines.block(head, () => {
      for (const stage of stages) {
        const { type, hasPlace } = stageReduction(this.#structure, stage)
        const slot = slotOf[stage] ?? 0
        if (!hasPlace) {
          this.#carriers.take(stage, this.#loadPartial(type, slot), '')
          continue
        }
        const [partial, place] = [`partial${String(stage)}`, `place${String(stage)}`]
        this.#lines.add(`let ${partial} = ${this.#loadPartial(type, slot)};`)
        this.#lines.add(`let ${place} = ${this.#loadPartial('i32', slot + 1)};`)
        this.#carriers.take(stage, partial, place)
      }
    })
    this.#carriers.acrossLanes(stages, cut, this.#subgroup)
  }

  /** Stores what a pass left of each row in this chunk. */
  store(level: number): void {
    const { slotOf } = partialSlots(this.#structure)
    this.#lines.block('if (is_row && lane == 0u)', () => {
      for (const stage of rowFacts(this.#structure).levels[level] ?? []) {
        const { type, hasPlace } = stageReduction(this.#structure, stage)
        const name = `${hasPlace ? 'best' : 'stage'}${String(stage)}`
        const word = type === 'f32' ? `bitcast<i32>(${name})` : type === 'bool' ? `i32(${name})` : name
        const slot = slotOf[stage] ?? 0
        this.#lines.add(this.#code.store(this.#partialAt(slot, 'chunk'), word))
        if (!hasPlace) continue
        // No element is the greatest place, so that it loses against any other chunk.
        const place = `select(stage${String(stage)}, ${noPlace}, stage${String(stage)} < 0i)`
        this.#lines.add(this.#code.store(this.#partialAt(slot + 1, 'chunk'), place))
      }
    })
  }
}
