import type { Expression } from '@chainrule/tensor'
import { i32, local, type Local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import { readLocal } from '../assembly/library-function.js'
import { found } from './element-sources.js'
import { changes, type RowContext } from './row-context.js'
import { placeAxis, type StageCode } from './row-layout.js'
import { rowWord } from './row-record.js'
import { storeValues, type StoredOutput } from './store-values.js'
import { ArrayCascade } from './array-cascade.js'
import { AcrossSweeps } from './across-sweep.js'
import { keep32, keepState, RowArrays, type RowArray, termsOfBlock } from './row-arrays.js'

/**
 * The code of rows that are walked side by side: the innermost kept axis lies together, so a vector holds elements of
 * neighbouring rows, and what the rows have come to stands in arrays in scratch.
 */
export class AcrossRows {
  readonly #row: RowContext
  readonly #arrays: RowArrays
  readonly #sweeps: AcrossSweeps
  #pointers: readonly Local<'i32'>[] = []

  /** @param row - what is at hand */
  constructor(row: RowContext) {
    this.#row = row
    this.#arrays = new RowArrays(row)
    this.#sweeps = new AcrossSweeps(this.#arrays)
  }

  /**
   * Emits the code of one block of rows.
   *
   * @param kept - number of the kept place
   * @param pointers - of all operands, at the start of the block
   */
  emit(kept: Local<'i32'>, pointers: readonly Local<'i32'>[]): void {
    const { layout, code, sources } = this.#row
    const { structure, stages } = layout
    this.#pointers = pointers
    this.#arrays.begin(kept)
    this.#sweeps.begin(pointers)
    const roots = [
      ...stages.map(({ expression }) => expression),
      ...structure.outputs.map(({ expression }) => expression),
    ]
    code.frame(roots, () => {
      code.hoist(roots, changes.space)
      stages.forEach((stage, position) => {
        this.#stage(stage, position)
      })
      this.#rowOutputs()
      this.#elementOutputs()
    })
    sources.stages.clear()
  }

  #stage(stage: StageCode, position: number): void {
    const row = this.#row
    const { builder } = row
    const { reduction } = stage
    builder.scope(() => {
      const totals = this.#arrays.stateArrays(reduction.state)
      row.isPhase(2 * position)()
      branch(() => {
        builder.scope(() => {
          this.#reduce(stage, position, totals)
        })
      })
      row.isSplitPhase(2 * position)()
      branch(() => {
        const partials = totals.map((_, at) => this.#arrays.partialArray(stage, readLocal(row.part), at))
        this.#arrays.copyArrays(totals, partials)
      })
      row.isSplitPhase(2 * position + 1)()
      branch(() => {
        builder.scope(() => {
          this.#combine(stage, totals)
        })
      })
      row.isPhase(2 * position + 1)()
      branch(() => {
        this.#arrays.copyArrays(
          [found(totals[reduction.usesPlace ? 1 : 0], 'result')],
          [this.#arrays.stageArray(position)],
        )
      })
    })
  }

  /** Reduces the segments of this chunk. */
  #reduce(stage: StageCode, position: number, totals: readonly RowArray[]): void {
    const row = this.#row
    const { builder, lanes, code, sources } = row
    const { reduction, expression } = stage
    this.#sweeps.withColumns([expression], position, (columnArrays) => {
      this.#arrays.fill(totals, reduction.identity(lanes))
      const cascade = reduction.isRoundedSum ? new ArrayCascade(this.#arrays, stage) : undefined
      const filled = builder.local('i32')
      local.set(filled, i32.const(0))
      this.#sweeps.segments([expression], [], reduction.usesPlace, (pointers) => {
        this.#sweeps.sweep({
          roots: [expression],
          outputs: [],
          usesPlace: reduction.usesPlace,
          pointers,
          arrays: [...totals, ...columnArrays.map(({ array }) => array)],
          vector: ({ vector, arrays }) => {
            this.#sweeps.readColumns(columnArrays, arrays.slice(totals.length), vector)
            const targets = arrays.slice(0, totals.length)
            const place = reduction.usesPlace ? keep32(row, sources.coordinate(placeAxis)) : () => undefined
            const before = totals.map(({ dtype }, at) =>
              this.#arrays.element(dtype, found(targets[at], 'total'), vector),
            )
            const state = reduction.usesPlace ? keepState(row, reduction.state, before) : before
            const taken = reduction.take(lanes, state, { value: code.value(expression), place })
            this.#arrays.storeState(reduction.state, taken, targets, vector)
          },
        })
        if (cascade === undefined) return
        local.set(filled, i32.add(filled, 1))
        i32.ge_u(filled, termsOfBlock)
        branch(() => {
          cascade.push(found(totals[0], 'sum'))
          this.#arrays.fill(totals, reduction.identity(lanes))
          local.set(filled, i32.const(0))
        })
      })
      cascade?.fold(found(totals[0], 'sum'))
    })
  }

  /** Merges what the groups of segments have come to. */
  #combine(stage: StageCode, totals: readonly RowArray[]): void {
    const row = this.#row
    const { builder, lanes } = row
    const { reduction } = stage
    const group = builder.local('i32')
    this.#arrays.fill(totals, reduction.identity(lanes))
    const cascade = reduction.isRoundedSum ? new ArrayCascade(this.#arrays, stage) : undefined
    local.set(group, i32.const(0))
    builder.while(
      () => {
        local.get(group)
        row.word(rowWord.groups)()
        i32.lt_u()
      },
      () => {
        const partials = totals.map((_, at) => this.#arrays.partialArray(stage, readLocal(group), at))
        if (cascade === undefined) this.#arrays.mergeArrays(stage, partials, totals)
        else {
          this.#arrays.copyArrays(partials, totals)
          cascade.push(found(totals[0], 'sum'))
        }
        local.set(group, i32.add(group, 1))
      },
    )
    if (cascade !== undefined) {
      this.#arrays.fill(totals, reduction.identity(lanes))
      cascade.fold(found(totals[0], 'sum'))
    }
  }

  #rowOutputs(): void {
    const { layout, code, lanes } = this.#row
    const { stages, rowOutputs, structure } = layout
    const expressions = rowOutputs.map((at) => found(structure.outputs[at], 'output').expression)
    if (expressions.length === 0) return
    this.#row.isPhase(2 * stages.length - 1)()
    branch(() => {
      this.#row.builder.scope(() => {
        const used = this.#sweeps.stagesOf(expressions)
        code.frame(expressions, () => {
          this.#sweeps.singles(expressions, (operand) => found(this.#pointers[operand], 'operand'))
          code.hoist(expressions, changes.space | changes.single)
          this.#sweeps.sweep({
            roots: expressions,
            outputs: rowOutputs,
            usesPlace: false,
            pointers: (operand) => found(this.#pointers[operand], 'operand'),
            arrays: used.map((position) => this.#arrays.stageArray(position)),
            vector: ({ vector, left, outputs, arrays }) => {
              used.forEach((position, at) => this.#sweeps.defineStage(position, found(arrays[at], 'stage'), vector))
              storeValues(lanes, this.#values(expressions, outputs), vector, left)
            },
          })
        })
      })
    })
  }

  #elementOutputs(): void {
    const { layout, lanes } = this.#row
    const { stages, elementOutputs, structure } = layout
    const expressions = elementOutputs.map((at) => found(structure.outputs[at], 'output').expression)
    if (expressions.length === 0) return
    this.#row.isPhase(2 * stages.length)()
    branch(() => {
      this.#row.builder.scope(() => {
        this.#sweeps.withColumns(expressions, stages.length, (columnArrays) => {
          this.#sweeps.segments(expressions, elementOutputs, false, (pointers) => {
            this.#sweeps.sweep({
              roots: expressions,
              outputs: elementOutputs,
              usesPlace: false,
              pointers,
              arrays: columnArrays.map(({ array }) => array),
              vector: ({ vector, left, outputs, arrays }) => {
                this.#sweeps.readColumns(columnArrays, arrays, vector)
                storeValues(lanes, this.#values(expressions, outputs), vector, left)
              },
            })
          })
        })
      })
    })
  }

  #values(expressions: readonly Expression[], outputs: readonly Local<'i32'>[]): StoredOutput[] {
    return expressions.map((expression, at) => ({
      dtype: expression.dtype,
      pointer: found(outputs[at], 'output'),
      value: this.#row.code.keep(expression),
    }))
  }
}
