import type { RowStructure } from '@chainrule/tensor'
import { groupThreads } from '../plan-context.js'
import type { CodeLines } from './code-lines.js'
import { stageReduction } from './row-functions.js'
import type { RowCut } from './row-layout.js'

/** The place of an extreme before any element was seen. */
export const noPlace = '2147483647i'

/** WGSL variables that carry stages along a row: `stageN`, and `bestN` for the value whose place `stageN` is. */
export class StageCarriers {
  readonly #structure: RowStructure
  readonly #lines: CodeLines

  constructor(structure: RowStructure, lines: CodeLines) {
    this.#structure = structure
    this.#lines = lines
  }

  /** Declares the variables of a stage, with the identity in them. */
  declare(stage: number): void {
    const { type, hasPlace, identity } = stageReduction(this.#structure, stage)
    const name = String(stage)
    if (hasPlace) this.#lines.add(`var best${name}: ${type} = ${identity};`, `var stage${name} = ${noPlace};`)
    else this.#lines.add(`var stage${name}: ${type} = ${identity};`)
  }

  /** Takes one more value, at a place of the row, into a stage. */
  take(stage: number, value: string, place: string): void {
    const reduction = stageReduction(this.#structure, stage)
    const name = String(stage)
    if (!reduction.hasPlace) {
      this.#lines.add(`stage${name} = ${reduction.combine(`stage${name}`, value)};`)
      return
    }
    this.#lines.block(`if (${reduction.beats}(${value}, ${place}, best${name}, stage${name}))`, () => {
      this.#lines.add(`best${name} = ${value};`, `stage${name} = ${place};`)
    })
  }

  /**
   * Reduces over the threads that share a row, after which each of them has the result.
   *
   * @param stages - stages of one pass
   * @param cut - how rows are cut
   * @param subgroup - threads that exchange registers, 0 for none
   */
  acrossLanes(stages: readonly number[], cut: RowCut, subgroup: number): void {
    if (cut.lanes > 1) {
      if (subgroup > 1 && cut.alongRow) this.#acrossSubgroups(stages, cut.lanes, subgroup)
      else this.#acrossMemory(stages, cut.lanes, cut.alongRow ? '' : ` * ${String(cut.rowsPerGroup)}u`)
    }
    for (const stage of stages) {
      if (!stageReduction(this.#structure, stage).hasPlace) continue
      const name = `stage${String(stage)}`
      this.#lines.add(`${name} = select(${name}, -1i, ${name} == ${noPlace});`)
    }
  }

  #share(stage: number, at: string): void {
    const name = String(stage)
    this.#lines.add(`shared_stage${name}[${at}] = stage${name};`)
    if (stageReduction(this.#structure, stage).hasPlace) this.#lines.add(`shared_best${name}[${at}] = best${name};`)
  }

  #takeShared(stage: number, at: string): void {
    const name = String(stage)
    if (stageReduction(this.#structure, stage).hasPlace) {
      this.take(stage, `shared_best${name}[${at}]`, `shared_stage${name}[${at}]`)
    } else this.take(stage, `shared_stage${name}[${at}]`, '')
  }

  /** A tree in workgroup memory: the lanes halve until one is left, and all read it. */
  #acrossMemory(stages: readonly number[], lanes: number, stride: string): void {
    for (const stage of stages) this.#share(stage, 'local')
    this.#lines.add('workgroupBarrier();')
    this.#lines.block(`for (var step = ${String(lanes / 2)}u; step > 0u; step >>= 1u)`, () => {
      this.#lines.block('if (lane < step)', () => {
        for (const stage of stages) {
          this.#takeShared(stage, `local + step${stride}`)
          this.#share(stage, 'local')
        }
      })
      this.#lines.add('workgroupBarrier();')
    })
    for (const stage of stages) {
      this.#lines.add(`stage${String(stage)} = shared_stage${String(stage)}[local - lane${stride}];`)
    }
  }

  /** Lanes of a subgroup exchange registers; subgroups of a row meet in workgroup memory. */
  #acrossSubgroups(stages: readonly number[], lanes: number, size: number): void {
    for (let mask = 1; mask < Math.min(size, lanes); mask *= 2) {
      for (const stage of stages) this.#exchange(stage, mask)
    }
    if (lanes <= size) return
    const meeting = `meeting${String(stages[0] ?? 0)}`
    this.#lines.block(`if (lane % ${String(size)}u == 0u)`, () => {
      for (const stage of stages) this.#share(stage, `local / ${String(size)}u`)
    })
    this.#lines.add('workgroupBarrier();', `let ${meeting} = (local - lane) / ${String(size)}u;`)
    for (const stage of stages) {
      const name = String(stage)
      this.#lines.add(`stage${name} = shared_stage${name}[${meeting}];`)
      if (stageReduction(this.#structure, stage).hasPlace)
        this.#lines.add(`best${name} = shared_best${name}[${meeting}];`)
      this.#lines.block(`for (var other = 1u; other < ${String(lanes / size)}u; other++)`, () => {
        this.#takeShared(stage, `${meeting} + other`)
      })
    }
  }

  #exchange(stage: number, mask: number): void {
    const { type, hasPlace } = stageReduction(this.#structure, stage)
    const name = String(stage)
    const other = (value: string): string => `subgroupShuffleXor(${value}, ${String(mask)}u)`
    const otherOf = (value: string): string =>
      type === 'bool' ? `(${other(`select(0u, 1u, ${value})`)} != 0u)` : other(value)
    if (!hasPlace) {
      this.take(stage, otherOf(`stage${name}`), '')
      return
    }
    const id = `${name}_${String(mask)}`
    this.#lines.add(
      `let other_best${id} = ${otherOf(`best${name}`)};`,
      `let other_stage${id} = ${other(`stage${name}`)};`,
    )
    this.take(stage, `other_best${id}`, `other_stage${id}`)
  }
}

/** Workgroup memory in which the threads of rows meet. */
export const sharedDeclarations = (structure: RowStructure): string[] =>
  structure.stages.flatMap((_, stage) => {
    const { type, hasPlace } = stageReduction(structure, stage)
    const declare = (name: string, of: string): string =>
      `var<workgroup> shared_${name}${String(stage)}: array<${of}, ${String(groupThreads)}>;`
    return hasPlace ? [declare('stage', 'i32'), declare('best', type)] : [declare('stage', type)]
  })
