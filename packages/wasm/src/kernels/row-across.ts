import { type DType, type Expression, itemSize } from '@chainrule/tensor'
import { i32, local, select, type Local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { Term } from '../assembly/function-builder.js'
import { valueType } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import { loadElements } from '../assembly/memory-code.js'
import { expressionCost } from '../expression-cost.js'
import { coordinateRamp, found } from './element-sources.js'
import { leavesOf } from './expression-leaves.js'
import { forEachPiece, type PieceOperand } from './pieces.js'
import type { State } from './reduction-code.js'
import { changes, placeAxis, type RowContext, scratchItem, type StageCode } from './row-context.js'
import { rowWord } from './row-record.js'
import { storeValues, type StoredOutput } from './store-values.js'
import { type Stream, vectorLoop } from './vector-loop.js'

/** Most rows that are walked side by side. */
export const acrossElements = 1024

/** Bytes of an array with a value for each of them. */
export const acrossBytes = acrossElements * scratchItem + 64

/** Expressions cheaper than this are worked off several vectors at a time. */
const unrollBelow = 16

/** Segments that are added up one after another before the sums join the cascade. */
const termsOfBlock = 64

/** Values for the rows side by side, in scratch. */
interface RowArray {
  readonly dtype: DType
  readonly address: Term
}

/** A loop over the rows side by side, within a segment or outside of any. */
interface Sweep {
  readonly roots: readonly Expression[]
  readonly outputs: readonly number[]
  readonly usesPlace: boolean
  /** Where each operand is. */
  readonly pointers: (operand: number) => Local<'i32'>
  /** Arrays whose pointers move along. */
  readonly arrays: readonly RowArray[]
  /** Emits code for one vector; gets the output pointers and those of the arrays. */
  vector(step: SweepStep): void
}

interface SweepStep {
  readonly vector: number
  readonly left: Local<'i32'> | undefined
  readonly outputs: readonly Local<'i32'>[]
  readonly arrays: readonly Local<'i32'>[]
}

/**
 * The code of rows that are walked side by side: the innermost kept axis lies together, so a vector holds elements of
 * neighbouring rows, and what the rows have come to stands in arrays in scratch.
 */
export class AcrossRows {
  readonly #row: RowContext
  readonly #arrays: number
  #pointers: readonly Local<'i32'>[] = []
  #kept: Local<'i32'> | undefined
  #nextArray = 0

  /** @param row - what is at hand */
  constructor(row: RowContext) {
    this.#row = row
    this.#arrays = acrossArrays(row.layout.stages.length)
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
    this.#kept = kept
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

  #scratchArray(index: number): Term {
    return () => {
      i32.add(this.#row.run.scratch, index * acrossBytes)
    }
  }

  /** Results of a stage: in scratch, or where other phases find them. */
  #stageArray(position: number): RowArray {
    const row = this.#row
    const stage = found(row.layout.stages[position], 'stage')
    const { result } = stage.reduction
    return {
      dtype: result,
      address: () => {
        row.shared(rowWord.stagesAt)()
        this.#sharedArray(() => {
          local.get(found(this.#kept, 'row'))
          i32.const(row.layout.stages.length)
          i32.mul()
          i32.const(position)
          i32.add()
        }, result)
        i32.add()
        this.#scratchArray(position)()
        row.word(rowWord.isSplit)()
        select()
      },
    }
  }

  /** Bytes from the first of shared arrays to this block's part of one. */
  #sharedArray(index: Term, dtype: DType): void {
    const row = this.#row
    index()
    row.word(rowWord.arrayLength)()
    i32.mul()
    i32.const(scratchItem)
    i32.mul()
    local.get(row.begin)
    i32.const(itemSize(dtype))
    i32.mul()
    i32.add()
  }

  #partialArray(stage: StageCode, group: Term, at: number): RowArray {
    const row = this.#row
    const { state } = stage.reduction
    const dtype = found(state[at], 'part')
    return {
      dtype,
      address: () => {
        row.shared(rowWord.partialsAt)()
        this.#sharedArray(() => {
          local.get(found(this.#kept, 'row'))
          row.word(rowWord.groups)()
          i32.mul()
          group()
          i32.add()
          i32.const(state.length)
          i32.mul()
          i32.const(at)
          i32.add()
        }, dtype)
        i32.add()
      },
    }
  }

  #stage(stage: StageCode, position: number): void {
    const row = this.#row
    const { builder, layout } = row
    const { reduction } = stage
    builder.scope(() => {
      const totals = reduction.state.map((dtype, at): RowArray => ({
        dtype,
        address: this.#scratchArray(layout.stages.length + at),
      }))
      row.isPhase(2 * position)()
      branch(() => {
        builder.scope(() => {
          this.#reduce(stage, position, totals)
        })
      })
      row.isSplitPhase(2 * position)()
      branch(() => {
        const partials = totals.map((_, at) => this.#partialArray(stage, readLocal(row.part), at))
        this.#copyArrays(totals, partials)
      })
      row.isSplitPhase(2 * position + 1)()
      branch(() => {
        builder.scope(() => {
          this.#combine(stage, totals)
        })
      })
      row.isPhase(2 * position + 1)()
      branch(() => {
        this.#copyArrays([found(totals[reduction.usesPlace ? 1 : 0], 'result')], [this.#stageArray(position)])
      })
    })
  }

  /** Reduces the segments of this chunk. */
  #reduce(stage: StageCode, position: number, totals: readonly RowArray[]): void {
    const row = this.#row
    const { builder, lanes, code, sources } = row
    const { reduction, expression } = stage
    this.#withColumns([expression], position, (columnArrays) => {
      this.#fill(totals, reduction.identity(lanes))
      const cascade = reduction.isRoundedSum ? new ArrayCascade(this, stage) : undefined
      const filled = builder.local('i32')
      local.set(filled, i32.const(0))
      this.#segments([expression], [], reduction.usesPlace, (pointers) => {
        this.#sweep({
          roots: [expression],
          outputs: [],
          usesPlace: reduction.usesPlace,
          pointers,
          arrays: [...totals, ...columnArrays.map(({ array }) => array)],
          vector: ({ vector, arrays }) => {
            this.#readColumns(columnArrays, arrays.slice(totals.length), vector)
            const targets = arrays.slice(0, totals.length)
            const place = reduction.usesPlace ? keep32(row, sources.coordinate(placeAxis)) : () => undefined
            const before = totals.map(({ dtype }, at) => this.#element(dtype, found(targets[at], 'total'), vector))
            const state = reduction.usesPlace ? keepState(row, reduction.state, before) : before
            const taken = reduction.take(lanes, state, { value: code.value(expression), place })
            this.#storeState(reduction.state, taken, targets, vector)
          },
        })
        if (cascade === undefined) return
        local.set(filled, i32.add(filled, 1))
        i32.ge_u(filled, termsOfBlock)
        branch(() => {
          cascade.push(found(totals[0], 'sum'))
          this.#fill(totals, reduction.identity(lanes))
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
    this.#fill(totals, reduction.identity(lanes))
    const cascade = reduction.isRoundedSum ? new ArrayCascade(this, stage) : undefined
    local.set(group, i32.const(0))
    builder.while(
      () => {
        local.get(group)
        row.word(rowWord.groups)()
        i32.lt_u()
      },
      () => {
        const partials = totals.map((_, at) => this.#partialArray(stage, readLocal(group), at))
        if (cascade === undefined) this.mergeArrays(stage, partials, totals)
        else {
          this.#copyArrays(partials, totals)
          cascade.push(found(totals[0], 'sum'))
        }
        local.set(group, i32.add(group, 1))
      },
    )
    if (cascade !== undefined) {
      this.#fill(totals, reduction.identity(lanes))
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
        const used = this.#stagesOf(expressions)
        code.frame(expressions, () => {
          this.#singles(expressions, (operand) => found(this.#pointers[operand], 'operand'))
          code.hoist(expressions, changes.space | changes.single)
          this.#sweep({
            roots: expressions,
            outputs: rowOutputs,
            usesPlace: false,
            pointers: (operand) => found(this.#pointers[operand], 'operand'),
            arrays: used.map((position) => this.#stageArray(position)),
            vector: ({ vector, left, outputs, arrays }) => {
              used.forEach((position, at) => this.#defineStage(position, found(arrays[at], 'stage'), vector))
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
        this.#withColumns(expressions, stages.length, (columnArrays) => {
          this.#segments(expressions, elementOutputs, false, (pointers) => {
            this.#sweep({
              roots: expressions,
              outputs: elementOutputs,
              usesPlace: false,
              pointers,
              arrays: columnArrays.map(({ array }) => array),
              vector: ({ vector, left, outputs, arrays }) => {
                this.#readColumns(columnArrays, arrays, vector)
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

  /**
   * Computes the parts of expressions that differ from row to row only, into arrays, and lists the stages used; then emits
   * what reads them.
   */
  #withColumns(roots: readonly Expression[], stage: number, body: (arrays: readonly ColumnArray[]) => void): void {
    const { code } = this.#row
    const allowed = changes.space | changes.column | changes.stagesBefore(stage)
    const parts = code.parts(roots, allowed).filter((part) => part.kind === 'scalar')
    // Should there be more than there is room for, the others are computed for each element.
    const columns = parts.filter((part) => (code.changesWith(part) & ~changes.space) !== 0).slice(0, mostColumns)
    const before = this.#nextArray
    const arrays = columns.map((part): ColumnArray => ({
      part,
      array: { dtype: part.dtype, address: this.#scratchArray(this.#arrays + this.#nextArray++) },
    }))
    if (arrays.length > 0) {
      const used = this.#stagesOf(columns)
      this.#sweep({
        roots: columns,
        outputs: [],
        usesPlace: false,
        pointers: (operand) => found(this.#pointers[operand], 'operand'),
        arrays: [...arrays.map(({ array }) => array), ...used.map((position) => this.#stageArray(position))],
        vector: ({ vector, arrays: pointers }) => {
          used.forEach((position, at) =>
            this.#defineStage(position, found(pointers[arrays.length + at], 'stage'), vector),
          )
          const values = columns.map((part) => code.keep(part))
          columns.forEach((part, at) => {
            const pointer = found(pointers[at], 'column')
            const value = found(values[at], 'value')
            storeValues(this.#row.lanes, [{ dtype: part.dtype, pointer, value }], vector)
          })
        },
      })
    }
    // Stages that are used as they are.
    const bare = this.#stagesOf(roots, new Set(columns))
    const stages = bare.map((position): ColumnArray => ({ stage: position, array: this.#stageArray(position) }))
    body([...arrays, ...stages])
    this.#nextArray = before
  }

  #readColumns(columns: readonly ColumnArray[], pointers: readonly Local<'i32'>[], vector: number): void {
    columns.forEach(({ part, stage, array }, at) => {
      const pointer = found(pointers[at], 'column')
      if (part !== undefined) this.#row.code.define(part, this.#element(array.dtype, pointer, vector))
      if (stage !== undefined) this.#defineStage(stage, pointer, vector)
    })
  }

  #defineStage(position: number, pointer: Local<'i32'>, vector: number): void {
    const { dtype } = this.#stageArray(position)
    this.#row.sources.stages.set(position, this.#element(dtype, pointer, vector))
  }

  /** Stages whose results expressions use, other than within parts that are at hand. */
  #stagesOf(roots: readonly Expression[], without: ReadonlySet<Expression> = new Set()): number[] {
    const positions = new Set<number>()
    const seen = new Set<Expression>()
    const visit = (expression: Expression): void => {
      if (seen.has(expression) || without.has(expression)) return
      seen.add(expression)
      if (expression.kind === 'stage') positions.add(expression.stage)
      else if (expression.kind === 'scalar') expression.arguments.forEach(visit)
    }
    roots.forEach(visit)
    return [...positions]
  }

  /** Points the sources at inputs that are the same for all rows side by side. */
  #singles(roots: readonly Expression[], pointers: (operand: number) => Local<'i32'>): void {
    for (const input of leavesOf(roots).inputs) {
      if (this.#row.isSingle(input)) this.#row.sources.singles.set(input, readLocal(pointers(input)))
    }
  }

  #segments(
    roots: readonly Expression[],
    outputs: readonly number[],
    usesPlace: boolean,
    body: (pointers: (operand: number) => Local<'i32'>) => void,
  ): void {
    const row = this.#row
    const leaves = leavesOf(roots)
    const walked = [
      ...leaves.inputs.filter((input) => !row.isColumn(input)),
      ...outputs.map((at) => row.outputOperand(at)),
      ...[...leaves.axes, ...(usesPlace ? [placeAxis] : [])].map((axis) => row.axisOperand(axis)),
    ]
    row.forEachSegment(walked, this.#pointers, (segment) => {
      const pointers = (operand: number): Local<'i32'> =>
        found(segment.get(operand) ?? this.#pointers[operand], 'operand')
      row.code.frame(roots, () => {
        this.#singles(roots, pointers)
        row.code.hoist(roots, changes.space | changes.single)
        body(pointers)
      })
    })
  }

  /** Emits a loop over the rows side by side. */
  #sweep(sweep: Sweep): void {
    const row = this.#row
    const { layout, lanes, builder, sources, code, run } = row
    const leaves = leavesOf(sweep.roots)
    const inputs = leaves.inputs.filter((input) => !row.isSingle(input))
    const axes = [...leaves.axes, ...(sweep.usesPlace ? [placeAxis] : [])]
    const outputs = sweep.outputs.map((at) => row.outputOperand(at))
    const coordinates = axes.map((axis) => row.axisOperand(axis))
    const operands = [...inputs, ...outputs, ...coordinates].map((operand): PieceOperand => ({
      role: inputs.includes(operand) ? 'read' : outputs.includes(operand) ? 'write' : 'coordinate',
      itemSize: found(layout.itemSizes[operand], 'size'),
      start: sweep.pointers(operand),
      step: row.step(operand),
      scratchAt: (this.#operandArrays() + operand) * acrossBytes,
    }))
    const pieceLength: Term = () => i32.const(acrossElements)
    forEachPiece(builder, { operands, length: row.length, pieceLength, scratch: run.scratch }, (pointers, count) => {
      inputs.forEach((input, at) => sources.streams.set(input, found(pointers[at], 'input')))
      const targets = outputs.map((_, at) => found(pointers[inputs.length + at], 'output'))
      coordinates.forEach((operand, at) => {
        const value = found(pointers[inputs.length + outputs.length + at], 'coordinate')
        const step = row.step(operand)
        sources.coordinates.set(found(axes[at], 'axis'), { value, step, ramp: coordinateRamp(lanes, step) })
      })
      const arrays = sweep.arrays.map(({ address }) => {
        const pointer = builder.local('i32')
        address()
        local.set(pointer)
        return pointer
      })
      const streams = [
        ...operands.map(({ role, itemSize: size, step }, at): Stream => {
          return { pointer: found(pointers[at], 'pointer'), bytes: role === 'coordinate' ? step : size }
        }),
        ...sweep.arrays.map(({ dtype }, at): Stream => {
          return { pointer: found(arrays[at], 'array'), bytes: itemSize(dtype) }
        }),
      ]
      const emit = (vector: number, left?: Local<'i32'>): void => {
        sources.vector = vector
        code.frame(sweep.roots, () => {
          sweep.vector({ vector, left, outputs: targets, arrays })
        })
      }
      vectorLoop(lanes, {
        count,
        streams,
        unroll: lanes.count > 1 && expressionCost(sweep.roots) < unrollBelow ? 4 : 1,
        full: (vector) => {
          emit(vector)
        },
        last: (left) => {
          emit(0, left)
        },
      })
    })
  }

  /** Arrays before those in which pieces of operands are put. */
  #operandArrays(): number {
    return this.#arrays + mostColumns
  }

  /** The element of each row of the vector at hand. */
  #element(dtype: DType, pointer: Local<'i32'>, vector: number): Term {
    const { lanes } = this.#row
    return loadElements(lanes, dtype, readLocal(pointer), vector * lanes.count * itemSize(dtype))
  }

  #storeState(dtypes: readonly DType[], state: State, targets: readonly Local<'i32'>[], vector: number): void {
    const row = this.#row
    const isAlone = dtypes.length === 1
    const values = isAlone ? state : keepState(row, dtypes, state)
    dtypes.forEach((dtype, at) => {
      const stored = { dtype, pointer: found(targets[at], 'total'), value: found(values[at], 'part') }
      storeValues(row.lanes, [stored], vector)
    })
  }

  /** Emits a loop over arrays alone. */
  loopArrays(arrays: readonly RowArray[], body: (pointers: readonly Local<'i32'>[], vector: number) => void): void {
    const { lanes, builder, length } = this.#row
    builder.scope(() => {
      const pointers = arrays.map(({ address }) => {
        const pointer = builder.local('i32')
        address()
        local.set(pointer)
        return pointer
      })
      const streams = arrays.map(({ dtype }, at): Stream => {
        return { pointer: found(pointers[at], 'array'), bytes: itemSize(dtype) }
      })
      const emit = (vector: number): void => {
        builder.scope(() => {
          body(pointers, vector)
        })
      }
      // The last vector may reach past the rows: there is room in arrays.
      vectorLoop(lanes, { count: length, streams, unroll: 1, full: emit, last: () => emit(0) })
    })
  }

  #fill(arrays: readonly RowArray[], values: State): void {
    this.loopArrays(arrays, (pointers, vector) => {
      arrays.forEach(({ dtype }, at) => {
        const stored = { dtype, pointer: found(pointers[at], 'array'), value: found(values[at], 'value') }
        storeValues(this.#row.lanes, [stored], vector)
      })
    })
  }

  #copyArrays(from: readonly RowArray[], to: readonly RowArray[]): void {
    this.loopArrays([...from, ...to], (pointers, vector) => {
      to.forEach(({ dtype }, at) => {
        const value = this.#element(dtype, found(pointers[at], 'from'), vector)
        storeValues(this.#row.lanes, [{ dtype, pointer: found(pointers[from.length + at], 'to'), value }], vector)
      })
    })
  }

  /** Merges arrays of states into others. */
  mergeArrays(stage: StageCode, from: readonly RowArray[], into: readonly RowArray[]): void {
    const { reduction } = stage
    const { state } = reduction
    this.loopArrays([...from, ...into], (pointers, vector) => {
      const read = (arrays: readonly RowArray[], first: number): State =>
        keepState(
          this.#row,
          state,
          arrays.map(({ dtype }, at) => this.#element(dtype, found(pointers[first + at], 'array'), vector)),
        )
      const merged = reduction.merge(this.#row.lanes, read(from, 0), read(into, from.length))
      this.#storeState(state, merged, pointers.slice(from.length), vector)
    })
  }

  /** Copies one array to another. */
  copyArray(from: RowArray, to: RowArray): void {
    this.#copyArrays([from], [to])
  }

  get row(): RowContext {
    return this.#row
  }

  /** Byte address of the first level of the cascade. */
  get levels(): Term {
    return this.#scratchArray(this.#operandArrays() + this.#row.layout.itemSizes.length)
  }
}

/** A part of an expression, or the result of a stage, that stands in an array. */
interface ColumnArray {
  readonly part?: Expression
  readonly stage?: number
  readonly array: RowArray
}

/** Most parts of expressions that are computed once for a row; there is room in scratch for as many. */
const mostColumns = 24

/** Arrays at the start of the scratch: results of stages, and the state of the one at hand. */
const acrossArrays = (stages: number): number => stages + 2

/**
 * Bytes of scratch for rows side by side.
 *
 * @param stages - how many stages there are
 * @param operands - how many operands
 * @param segments - how many segments one chunk adds up
 * @param groups - how many partial sums are added up
 * @returns the bytes
 */
export const acrossScratchBytes = (stages: number, operands: number, segments: number, groups: number): number => {
  const levels = Math.ceil(Math.log2(Math.max(2, segments / termsOfBlock, groups))) + 2
  return (acrossArrays(stages) + mostColumns + operands + levels) * acrossBytes
}

/** Sums arrays block by block in pairs, as `Cascade` does single values. */
class ArrayCascade {
  readonly #rows: AcrossRows
  readonly #stage: StageCode
  readonly #count: Local<'i32'>

  constructor(rows: AcrossRows, stage: StageCode) {
    this.#rows = rows
    this.#stage = stage
    this.#count = rows.row.builder.local('i32')
    local.set(this.#count, i32.const(0))
  }

  /** Takes in an array, which is used up. */
  push(sum: RowArray): void {
    this.#climb(sum, (rest) => i32.and(rest, 1), false)
    local.set(this.#count, i32.add(this.#count, 1))
  }

  /** Adds all blocks to an array. */
  fold(sum: RowArray): void {
    this.#climb(sum, (rest) => local.get(rest), true)
  }

  #climb(sum: RowArray, goesOn: (rest: Local<'i32'>) => void, isFold: boolean): void {
    const { builder } = this.#rows.row
    builder.scope(() => {
      const level = builder.local('i32')
      const rest = builder.local('i32')
      const array: RowArray = { dtype: sum.dtype, address: readLocal(level) }
      this.#rows.levels()
      local.set(level)
      local.set(rest, this.#count)
      builder.while(
        () => {
          goesOn(rest)
        },
        () => {
          if (isFold) {
            i32.and(rest, 1)
            branch(() => {
              this.#rows.mergeArrays(this.#stage, [array], [sum])
            })
          } else this.#rows.mergeArrays(this.#stage, [array], [sum])
          local.set(level, i32.add(level, acrossBytes))
          local.set(rest, i32.shr_u(rest, 1))
        },
      )
      if (!isFold) this.#rows.copyArray(sum, array)
    })
  }
}

const keepState = (row: RowContext, dtypes: readonly DType[], state: State): State =>
  state.map((term, at) => row.builder.keep(valueTypeOf(row, found(dtypes[at], 'part')), term))

const keep32 = (row: RowContext, term: Term): Term => row.builder.keep(valueTypeOf(row, 'int32'), term)

const valueTypeOf = (row: RowContext, dtype: DType): 'v128' | 'f64' | 'f32' | 'i32' =>
  valueType(row.lanes, dtype) as 'v128' | 'f64' | 'f32' | 'i32'
