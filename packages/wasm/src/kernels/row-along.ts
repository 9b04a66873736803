import type { Expression } from '@chainrule/tensor'
import { i32, local, type Local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { Term } from '../assembly/function-builder.js'
import { valueType } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import { storeElement } from '../assembly/memory-code.js'
import { expressionCost } from '../expression-cost.js'
import { loadValue, storeValue, valueBytes } from './cascade.js'
import { acrossLanes } from './across-lanes.js'
import { coordinateRamp, found } from './element-sources.js'
import { changes, type RowContext } from './row-context.js'
import type { StageCode } from './row-layout.js'
import { rowWord } from './row-record.js'
import { storeValues, type StoredOutput } from './store-values.js'
import { AlongPasses, unrollBelow } from './along-pass.js'
import { combineAlong, reduceAlong } from './along-reduction.js'

/** The code of rows whose reduced elements are walked one after another. */
export class AlongRow {
  readonly #row: RowContext
  readonly #passes: AlongPasses
  #pointers: readonly Local<'i32'>[] = []
  #kept: Local<'i32'> | undefined

  /** @param row - what is at hand */
  constructor(row: RowContext) {
    this.#row = row
    this.#passes = new AlongPasses(row)
  }

  /**
   * Emits the code of one row, or of the parts of it that this chunk has.
   *
   * @param kept - number of the row
   * @param pointers - of all operands, at its start
   */
  emit(kept: Local<'i32'>, pointers: readonly Local<'i32'>[]): void {
    const { layout, code, sources } = this.#row
    const { structure, stages } = layout
    this.#pointers = pointers
    this.#kept = kept
    this.#passes.begin(kept, pointers)
    structure.inputs.forEach((_, input) => {
      if (this.#row.isSingle(input)) sources.singles.set(input, readLocal(found(pointers[input], 'input')))
    })
    const roots = [
      ...stages.map(({ expression }) => expression),
      ...structure.outputs.map(({ expression }) => expression),
    ]
    code.frame(roots, () => {
      this.#loadStages()
      stages.forEach((stage, position) => {
        this.#hoist([stage.expression], position)
        this.#stage(stage, position)
      })
      this.#rowOutputs()
      this.#elementOutputs()
    })
  }

  #hoist(roots: readonly Expression[], stage: number): void {
    this.#row.code.hoist(roots, changes.space | changes.single | changes.stagesBefore(stage))
  }

  /** Results of stages, in every lane: found by this chunk, or by earlier phases. */
  #loadStages(): void {
    const { lanes, layout, sources, builder } = this.#row
    const locals = layout.stages.map(({ reduction }) => builder.local(valueType(lanes, reduction.result)))
    locals.forEach((value, position) => sources.stages.set(position, readLocal(value)))
    this.#row.word(rowWord.isSplit)()
    branch(() => {
      locals.forEach((value, position) => {
        loadValue(value.type, this.#stageAddress(), position * valueBytes)()
        local.set(value)
      })
    })
    this.#stageLocals = locals
  }

  #stageLocals: readonly Local[] = []

  #stageAddress(): Term {
    return () => {
      this.#row.shared(rowWord.stagesAt)()
      local.get(found(this.#kept, 'row'))
      i32.const(valueBytes * this.#row.layout.stages.length)
      i32.mul()
      i32.add()
    }
  }

  /** Byte address of the partial results of this part of the row. */
  #partialAddress(part: Term, stage: StageCode): Term {
    return () => {
      this.#row.shared(rowWord.partialsAt)()
      local.get(found(this.#kept, 'row'))
      this.#row.word(rowWord.blocks)()
      i32.mul()
      this.#row.word(rowWord.groups)()
      i32.mul()
      part()
      i32.add()
      i32.const(valueBytes * stage.running.state.length)
      i32.mul()
      i32.add()
    }
  }

  #stage(stage: StageCode, position: number): void {
    const row = this.#row
    const { builder, lanes } = row
    const { running: reduction } = stage
    builder.scope(() => {
      const total = reduction.state.map((dtype) => builder.local(valueType(lanes, dtype)))
      row.isPhase(2 * position)()
      branch(() => {
        builder.scope(() => {
          reduceAlong(row, this.#passes, stage, position, total)
        })
      })
      row.isSplitPhase(2 * position)()
      branch(() => {
        const address = builder.keep('i32', this.#partialAddress(readLocal(row.part), stage))
        total.forEach((value, at) => {
          storeValue(value.type, address, readLocal(value), at * valueBytes)
        })
      })
      row.isSplitPhase(2 * position + 1)()
      branch(() => {
        builder.scope(() => {
          combineAlong(
            row,
            stage,
            this.#partialAddress(() => i32.const(0), stage),
            total,
          )
        })
      })
      row.isPhase(2 * position + 1)()
      branch(() => {
        builder.scope(() => {
          const merged = acrossLanes(lanes, reduction, total.map(readLocal))
          const result = found(this.#stageLocals[position], 'stage')
          reduction.resultOf(lanes, merged)()
          local.set(result)
          row.word(rowWord.isSplit)()
          branch(() => {
            storeValue(result.type as 'v128', this.#stageAddress(), readLocal(result), position * valueBytes)
          })
        })
      })
    })
  }

  #rowOutputs(): void {
    const { layout, code, lanes, sources } = this.#row
    const { stages, rowOutputs, structure } = layout
    const expressions = rowOutputs.map((at) => found(structure.outputs[at], 'output').expression)
    if (expressions.length === 0) return
    this.#row.isPhase(2 * stages.length - 1)()
    branch(() => {
      code.frame(expressions, () => {
        layout.axes.forEach((axis) => {
          const operand = this.#row.axisOperand(axis)
          const step = this.#row.step(operand)
          const value = found(this.#pointers[operand], 'coordinate')
          sources.coordinates.set(axis, { value, step, ramp: coordinateRamp(lanes, step) })
        })
        sources.vector = 0
        const values = expressions.map((expression) => code.keep(expression))
        rowOutputs.forEach((at, index) => {
          const pointer = found(this.#pointers[this.#row.outputOperand(at)], 'output')
          const { dtype } = found(structure.outputs[at], 'output').expression
          storeElement(lanes, dtype, readLocal(pointer), found(values[index], 'value'), 0)
        })
      })
    })
  }

  #elementOutputs(): void {
    const { layout, code, lanes } = this.#row
    const { stages, elementOutputs, structure } = layout
    const expressions = elementOutputs.map((at) => found(structure.outputs[at], 'output').expression)
    if (expressions.length === 0) return
    this.#hoist(expressions, stages.length)
    this.#row.isPhase(2 * stages.length)()
    branch(() => {
      this.#passes.emit({
        roots: expressions,
        outputs: elementOutputs,
        usesPlace: false,
        ...this.#passes.savedIn(stages.length),
        unroll: lanes.count > 1 && expressionCost(expressions) < unrollBelow ? 4 : 1,
        pieceLength: 0,
        vector: (vector, left, targets) => {
          const isAlone = expressions.length === 1 && left === undefined
          const values = expressions.map((expression, at): StoredOutput => ({
            dtype: expression.dtype,
            pointer: found(targets[at], 'output'),
            value: isAlone ? code.value(expression) : code.keep(expression),
          }))
          storeValues(lanes, values, vector, left)
        },
        piece: () => undefined,
      })
    })
  }
}
