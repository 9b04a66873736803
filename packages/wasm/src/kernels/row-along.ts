import { type Expression, itemSize } from '@chainrule/tensor'
import { i32, i32x4, local, select, type Local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { Term } from '../assembly/function-builder.js'
import { valueType } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import { loadElements, storeElement } from '../assembly/memory-code.js'
import { expressionCost } from '../expression-cost.js'
import { scalarOpCode } from '../scalar-op-code.js'
import { Cascade, cascadeLevels, loadValue, storeValue, valueBytes } from './cascade.js'
import { acrossLanes } from './across-lanes.js'
import { coordinateRamp, found, lanePlaces } from './element-sources.js'
import { leavesOf } from './expression-leaves.js'
import { pieceBytes } from './map-code.js'
import { forEachPiece, type PieceOperand } from './pieces.js'
import type { State } from './reduction-code.js'
import { changes, placeAxis, type RowContext, scratchItem, type StageCode } from './row-context.js'
import { rowWord } from './row-record.js'
import { savedParts } from './saved-parts.js'
import { storeValues, type StoredOutput } from './store-values.js'
import { type Stream, vectorLoop } from './vector-loop.js'

/** Expressions cheaper than this are worked off several vectors at a time. */
const unrollBelow = 16

/** Terms that one lane adds up one after another before the sum joins the cascade. */
const termsOfBlock = 64

/** Scratch: levels of a cascade, then room for pieces of operands, then saved rows. */
export const alongScratch = {
  levels: 0,
  pieces: cascadeLevels * valueBytes,
  saved: (operandCount: number): number => cascadeLevels * valueBytes + operandCount * pieceBytes,
} as const

/** A loop over the elements of this part of the row. */
interface Pass {
  readonly roots: readonly Expression[]
  /** Outputs that are stored, by position in the structure. */
  readonly outputs: readonly number[]
  readonly usesPlace: boolean
  /** Which parts of expressions are saved in this pass, and which read back. */
  readonly saves: readonly number[]
  readonly reads: readonly number[]
  readonly unroll: number
  /** Most elements of a piece; 0 if there is no reason for one. */
  readonly pieceLength: number
  /** Emits code for vector number `vector` behind the pointers, with the frame of the roots open. */
  vector(vector: number, left: Local<'i32'> | undefined): void
  /** Emits code at the end of a piece. */
  piece(count: Local<'i32'>): void
}

/** The code of rows whose reduced elements are walked one after another. */
export class AlongRow {
  readonly #row: RowContext
  readonly #saved: readonly Expression[]
  #pointers: readonly Local<'i32'>[] = []
  #kept: Local<'i32'> | undefined
  #targets: readonly Local<'i32'>[] = []
  #savedPointers: readonly Local<'i32'>[] = []

  /** @param row - what is at hand */
  constructor(row: RowContext) {
    this.#row = row
    this.#saved = savedParts(row.layout, (expression) => (row.code.changesWith(expression) & changes.element) !== 0)
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
          this.#reduce(stage, position, total)
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
          this.#combine(stage, total)
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

  /** Reduces this part of the row. */
  #reduce(stage: StageCode, position: number, total: readonly Local[]): void {
    const { builder, lanes, code, sources, run } = this.#row
    const { running: reduction, expression } = stage
    const isCheap = lanes.count > 1 && !reduction.usesPlace && expressionCost([expression]) < unrollBelow
    const unroll = isCheap ? 4 : 1
    const states = Array.from({ length: unroll }, () =>
      reduction.state.map((dtype) => builder.local(valueType(lanes, dtype))),
    )
    const reset = (): void => {
      for (const state of states) setState(state, reduction.identity(lanes))
    }
    reset()
    const blockLength = lanes.count * unroll * termsOfBlock
    const add = (x: Term, y: Term): Term => found(reduction.merge(lanes, [x], [y])[0], 'sum')
    const cascade = reduction.isRoundedSum
      ? new Cascade(builder, valueType(lanes, reduction.state[0] ?? 'float32'), add, () =>
          i32.add(run.scratch, alongScratch.levels),
        )
      : undefined
    const filled = builder.local('i32')
    local.set(filled, i32.const(0))
    const mergeAll = (): void => {
      setState(
        total,
        mergePairs(
          states.map((state) => state.map(readLocal)),
          (one, other) => reduction.merge(lanes, one, other),
        ),
      )
    }
    this.#pass({
      roots: [expression],
      outputs: [],
      usesPlace: reduction.usesPlace,
      ...this.#savedIn(position),
      unroll,
      pieceLength: cascade === undefined ? 0 : blockLength,
      vector: (vector, left) => {
        const state = found(states[vector], 'state')
        const place = reduction.usesPlace
          ? builder.keep(valueType(lanes, 'int32'), sources.coordinate(placeAxis))
          : () => undefined
        const value = left === undefined || lanes.count === 1 ? code.value(expression) : code.keep(expression)
        const take = (): State => reduction.take(lanes, state.map(readLocal), { value, place })
        if (left === undefined || lanes.count === 1) {
          setState(state, take())
          return
        }
        i32.ge_u(left, lanes.count)
        branch(
          () => {
            setState(state, take())
          },
          () => {
            const counts = builder.keep('v128', () => {
              lanePlaces(builder)()
              i32x4.splat(left)
              i32x4.lt_s()
            })
            const taken = take()
            setState(
              state,
              reduction.state.map((dtype, at) =>
                scalarOpCode.where(lanes, {
                  dtype,
                  of: dtype,
                  terms: [counts, found(taken[at], 'part'), readLocal(found(state[at], 'part'))],
                  constants: [],
                }),
              ),
            )
          },
        )
      },
      piece: (count) => {
        if (cascade === undefined) return
        local.set(filled, i32.add(filled, count))
        i32.ge_u(filled, blockLength)
        branch(() => {
          mergeAll()
          cascade.push(found(total[0], 'sum'))
          reset()
          local.set(filled, i32.const(0))
        })
      },
    })
    mergeAll()
    cascade?.fold(found(total[0], 'sum'))
  }

  /** Merges what the parts of the row have come to. */
  #combine(stage: StageCode, total: readonly Local[]): void {
    const { builder, lanes, run } = this.#row
    const { running: reduction } = stage
    const type = valueType(lanes, reduction.state[0] ?? 'float32')
    const add = (x: Term, y: Term): Term => found(reduction.merge(lanes, [x], [y])[0], 'sum')
    const cascade = reduction.isRoundedSum
      ? new Cascade(builder, type, add, () => i32.add(run.scratch, alongScratch.levels))
      : undefined
    setState(total, reduction.identity(lanes))
    const next = builder.local('i32')
    const end = builder.local('i32')
    const stride = valueBytes * reduction.state.length
    this.#partialAddress(() => i32.const(0), stage)()
    local.set(next)
    local.get(next)
    this.#row.word(rowWord.blocks)()
    this.#row.word(rowWord.groups)()
    i32.mul()
    i32.const(stride)
    i32.mul()
    i32.add()
    local.set(end)
    builder.while(
      () => i32.lt_u(next, end),
      () => {
        builder.scope(() => {
          const read = reduction.state.map((dtype, at) =>
            builder.keep(valueType(lanes, dtype), loadValue(valueType(lanes, dtype), readLocal(next), at * valueBytes)),
          )
          if (cascade === undefined) setState(total, reduction.merge(lanes, total.map(readLocal), read))
          else {
            setState(total, read)
            cascade.push(found(total[0], 'sum'))
          }
        })
        local.set(next, i32.add(next, stride))
      },
    )
    if (cascade !== undefined) {
      setState(total, reduction.identity(lanes))
      cascade.fold(found(total[0], 'sum'))
    }
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
      this.#pass({
        roots: expressions,
        outputs: elementOutputs,
        usesPlace: false,
        ...this.#savedIn(stages.length),
        unroll: lanes.count > 1 && expressionCost(expressions) < unrollBelow ? 4 : 1,
        pieceLength: 0,
        vector: (vector, left) => {
          const isAlone = expressions.length === 1 && left === undefined
          const values = expressions.map((expression, at): StoredOutput => ({
            dtype: expression.dtype,
            pointer: found(this.#targets[at], 'output'),
            value: isAlone ? code.value(expression) : code.keep(expression),
          }))
          storeValues(lanes, values, vector, left)
        },
        piece: () => undefined,
      })
    })
  }

  /** Which saved parts a pass makes and which it reads: it makes those that it is the first to use. */
  #savedIn(pass: number): Pick<Pass, 'saves' | 'reads'> {
    const { layout } = this.#row
    const rootsOf = (stage: number): readonly Expression[] =>
      stage < layout.stages.length
        ? [found(layout.stages[stage], 'stage').expression]
        : layout.elementOutputs.map((at) => found(layout.structure.outputs[at], 'output').expression)
    const uses = (stage: number, part: Expression): boolean => contains(rootsOf(stage), part)
    const saves: number[] = []
    const reads: number[] = []
    this.#saved.forEach((part, index) => {
      if (!uses(pass, part)) return
      const isFirst = !Array.from({ length: pass }, (_, stage) => uses(stage, part)).includes(true)
      ;(isFirst ? saves : reads).push(index)
    })
    return { saves, reads }
  }

  /** Emits the loops over the elements of this part of the row. */
  #pass(pass: Pass): void {
    const row = this.#row
    const { layout, lanes, builder, sources, code, run } = row
    const { itemSizes } = layout
    const leaves = leavesOf(pass.roots)
    const inputs = leaves.inputs.filter((input) => !row.isSingle(input))
    const axes = pass.usesPlace ? [...leaves.axes, placeAxis] : leaves.axes
    const outputs = pass.outputs.map((at) => row.outputOperand(at))
    const coordinates = axes.map((axis) => row.axisOperand(axis))
    const walked = [...inputs, ...outputs, ...coordinates]
    const ramps = coordinates.map((operand) => coordinateRamp(lanes, row.step(operand)))
    const savedUsed = [...pass.saves, ...pass.reads]
    const position = builder.local('i32')
    if (savedUsed.length > 0) this.#startOfPart(position)

    row.forEachSegment(walked, this.#pointers, (segment) => {
      const operands = walked.map((operand): PieceOperand => ({
        role: inputs.includes(operand) ? 'read' : outputs.includes(operand) ? 'write' : 'coordinate',
        itemSize: found(itemSizes[operand], 'size'),
        start: found(segment.get(operand), 'operand'),
        step: row.step(operand),
        scratchAt: alongScratch.pieces + operand * pieceBytes,
      }))
      const pieceLength: Term = () => {
        row.word(rowWord.pieceLength)()
        if (pass.pieceLength === 0) return
        i32.const(pass.pieceLength)
        row.word(rowWord.pieceLength)()
        i32.const(pass.pieceLength)
        i32.lt_u()
        select()
      }
      forEachPiece(builder, { operands, length: row.length, pieceLength, scratch: run.scratch }, (pointers, count) => {
        inputs.forEach((input, at) => sources.streams.set(input, found(pointers[at], 'input')))
        this.#targets = outputs.map((_, at) => found(pointers[inputs.length + at], 'output'))
        coordinates.forEach((operand, at) => {
          const value = found(pointers[inputs.length + outputs.length + at], 'coordinate')
          const axis = found(axes[at], 'axis')
          sources.coordinates.set(axis, { value, step: row.step(operand), ramp: found(ramps[at], 'ramp') })
        })
        this.#savedPointers = this.#saved.map(() => builder.local('i32'))
        for (const index of savedUsed) {
          this.#savedAddress(index, position)()
          local.set(found(this.#savedPointers[index], 'saved'))
        }
        const streams = [
          ...operands.map(({ role, itemSize: size, step }, at): Stream => {
            return { pointer: found(pointers[at], 'pointer'), bytes: role === 'coordinate' ? step : size }
          }),
          ...savedUsed.map((index): Stream => {
            const { dtype } = found(this.#saved[index], 'saved')
            return { pointer: found(this.#savedPointers[index], 'saved'), bytes: itemSize(dtype) }
          }),
        ]
        const vector = (at: number, left?: Local<'i32'>): void => {
          sources.vector = at
          code.frame(pass.roots, () => {
            this.#exchangeSaved(pass, at, left)
            pass.vector(at, left)
          })
        }
        vectorLoop(lanes, {
          count,
          streams,
          unroll: pass.unroll,
          full: (at) => {
            vector(at)
          },
          last: (left) => {
            vector(0, left)
          },
        })
        pass.piece(count)
        if (savedUsed.length > 0) local.set(position, i32.add(position, count))
      })
    })
  }

  /** Number of the first element of this part among those of the row. */
  #startOfPart(position: Local<'i32'>): void {
    const row = this.#row
    local.get(row.segmentFrom)
    row.word(rowWord.inner)()
    i32.mul()
    local.get(row.begin)
    i32.add()
    local.set(position)
  }

  #savedAddress(index: number, position: Local<'i32'>): Term {
    const row = this.#row
    const size = itemSize(found(this.#saved[index], 'saved').dtype)
    const own = alongScratch.saved(row.layout.itemSizes.length)
    return () => {
      // Where the space is split, other phases read what this one saves.
      row.shared(rowWord.savedAt)()
      local.get(found(this.#kept, 'row'))
      i32.const(this.#saved.length)
      i32.mul()
      row.word(rowWord.arrayLength)()
      i32.mul()
      i32.add()
      i32.add(row.run.scratch, own)
      row.word(rowWord.isSplit)()
      select()
      row.word(rowWord.arrayLength)()
      i32.const(index)
      i32.mul()
      i32.add()
      local.get(position)
      i32.const(size)
      i32.mul()
      i32.add()
    }
  }

  #exchangeSaved(pass: Pass, vector: number, left?: Local<'i32'>): void {
    const { lanes, code } = this.#row
    for (const index of pass.reads) {
      const part = found(this.#saved[index], 'saved')
      const pointer = readLocal(found(this.#savedPointers[index], 'saved'))
      code.define(part, loadElements(lanes, part.dtype, pointer, vector * lanes.count * itemSize(part.dtype)))
    }
    for (const index of pass.saves) {
      const part = found(this.#saved[index], 'saved')
      const pointer = found(this.#savedPointers[index], 'saved')
      storeValues(lanes, [{ dtype: part.dtype, pointer, value: code.keep(part) }], vector, left)
    }
  }
}

/** Evaluates all parts of a state before any is changed. */
const setState = (state: readonly Local[], terms: State): void => {
  for (const term of terms) term()
  for (let at = state.length - 1; at >= 0; at--) local.set(found(state[at], 'part'))
}

/** Merges states two by two. */
const mergePairs = (states: readonly State[], merge: (one: State, other: State) => State): State => {
  const [first] = states
  if (first === undefined) throw new Error('There is no state to merge.')
  if (states.length === 1) return first
  const half = Math.ceil(states.length / 2)
  return merge(mergePairs(states.slice(0, half), merge), mergePairs(states.slice(half), merge))
}

/** Whether an expression is one of some expressions or of their parts. */
const contains = (roots: readonly Expression[], part: Expression): boolean => {
  const seen = new Set<Expression>()
  const visit = (expression: Expression): boolean => {
    if (expression === part) return true
    if (seen.has(expression)) return false
    seen.add(expression)
    return expression.kind === 'scalar' && expression.arguments.some(visit)
  }
  return roots.some(visit)
}

/** Bytes of a saved row of so many elements. */
export const savedRowBytes = (elements: number): number => (elements * scratchItem + 127) & ~63
