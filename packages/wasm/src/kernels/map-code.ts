import { type DType, type Expression, itemSize, type MapStructure } from '@chainrule/tensor'
import { i32, i32x4, if_, local, type Local, v128 } from 'wasmati'
import { splatNumber, loadCell } from '../assembly/cell-code.js'
import { buildFunction, type FunctionBuilder, type Term } from '../assembly/function-builder.js'
import { keepValue, laneCount, type Lanes, makeLanes } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import { loadElement, loadElements, storeElement, storeElements } from '../assembly/memory-code.js'
import { ExpressionCode, type Leaf } from '../expression-code.js'
import { expressionCost } from '../expression-cost.js'
import type { WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import { type Leaves, leavesOf } from './expression-leaves.js'
import { runFunction } from './run-function.js'
import { type RunArguments, walkSpaces, type WalkedRow } from './space-walk.js'
import { copyElements } from './strided-copy.js'

/** Elements that are copied together at a time where an operand does not lie together. */
export const pieceElements = 256

/** Bytes of scratch for each operand that does not lie together. */
export const pieceBytes = pieceElements * 8 + 16

/** Expressions cheaper than this are worked off four vectors at a time. */
const unrollBelow = 16

/** The operands of a walk: inputs, then outputs, then coordinates. */
interface MapOperands {
  readonly inputs: readonly DType[]
  readonly outputs: readonly Expression[]
  readonly axes: readonly number[]
}

/** Byte positions in the parameters: where the first record is said to be, and the cells. */
export const mapHead = { recordAt: 0, cellsAt: 8 } as const

/** Levels of `ExpressionCode`: cells never change, repeated operands change with the row, the rest with the element. */
const level = { function: 0, row: 1, element: 2 } as const

/** Where the values of one vector of a row come from: pointers into the operands, and bytes behind them. */
interface Position {
  readonly pointers: readonly Local<'i32'>[]
  /** How many vectors behind the pointers. */
  readonly vector: number
}

/** Emits the inner loops of a map: for one row, or the pieces of it. */
class MapRow {
  readonly #builder: FunctionBuilder
  readonly #lanes: Lanes
  readonly #operands: MapOperands
  readonly #isRepeated: (input: number) => boolean
  readonly #run: RunArguments
  readonly #code: ExpressionCode
  /** For each coordinate its offsets in the lanes of a vector, and what it grows by from one vector to the next. */
  #ramps: readonly { readonly lanes: Term; readonly step: Term }[] = []
  #row: WalkedRow | undefined
  #position: Position | undefined

  constructor(lanes: Lanes, operands: MapOperands, repeated: number, run: RunArguments) {
    this.#builder = lanes.builder
    this.#lanes = lanes
    this.#operands = operands
    this.#isRepeated = (input) => ((repeated >>> input) & 1) === 1
    this.#run = run
    this.#code = new ExpressionCode(lanes, {
      leaf: (leaf) => this.#leaf(leaf),
      level: (leaf) => {
        if (leaf.kind === 'input') return this.#isRepeated(leaf.input) ? level.row : level.element
        return leaf.kind === 'index' ? level.element : level.function
      },
    })
  }

  hoistConstants(): void {
    this.#code.hoist(this.#operands.outputs, level.function)
  }

  emit(row: WalkedRow): void {
    const { outputs } = this.#operands
    this.#row = row
    this.#code.frame(outputs, () => {
      this.#code.hoist(outputs, level.row)
      this.#ramps = this.#operands.axes.map((_, at) => this.#ramp(row.steps[this.#coordinate(at)]))
      this.#pieces(row)
    })
  }

  /** Works off a row piece by piece, copying operands that do not lie together to scratch and back. */
  #pieces(row: WalkedRow): void {
    const builder = this.#builder
    const done = builder.local('i32')
    const count = builder.local('i32')
    const pointers = row.pointers.map(() => builder.local('i32'))
    const isTogether = (operand: number): void => {
      row.steps[operand]?.()
      i32.const(this.#itemSize(operand))
      i32.eq()
    }
    const there = (operand: number): Term => {
      return () => {
        local.get(row.pointers[operand] ?? done)
        local.get(done)
        row.steps[operand]?.()
        i32.mul()
        i32.add()
      }
    }
    const scratch = (operand: number): Term => {
      return () => {
        i32.add(this.#run.scratch, operand * pieceBytes)
      }
    }
    local.set(done, i32.const(0))
    builder.while(
      () => i32.lt_u(done, row.length),
      () => {
        local.set(count, i32.sub(row.length, done))
        row.pieceLength()
        local.get(count)
        i32.lt_u()
        if_(null, () => {
          row.pieceLength()
          local.set(count)
        })
        pointers.forEach((pointer, operand) => {
          if (this.#isRepeatedOperand(operand)) return
          there(operand)()
          local.set(pointer)
          if (this.#isCoordinate(operand)) return
          isTogether(operand)
          if_(
            null,
            () => undefined,
            () => {
              if (operand < this.#operands.inputs.length) {
                const step = row.steps[operand] ?? (() => undefined)
                const size = this.#itemSize(operand)
                const to = { address: scratch(operand), step: () => i32.const(size) }
                copyElements(builder, size, { address: there(operand), step }, to, count)
              }
              scratch(operand)()
              local.set(pointer)
            },
          )
        })
        builder.scope(() => {
          this.#piece(pointers, count)
        })
        this.#operands.outputs.forEach((_, at) => {
          const operand = this.#operands.inputs.length + at
          isTogether(operand)
          if_(
            null,
            () => undefined,
            () => {
              const size = this.#itemSize(operand)
              const from = { address: scratch(operand), step: () => i32.const(size) }
              const step = row.steps[operand] ?? (() => undefined)
              copyElements(builder, size, from, { address: there(operand), step }, count)
            },
          )
        })
        row.pieceLength()
        local.get(done)
        i32.add()
        local.set(done)
      },
    )
  }

  /** Works off elements that lie together. */
  #piece(pointers: readonly Local<'i32'>[], count: Local<'i32'>): void {
    const builder = this.#builder
    const { count: lanes } = this.#lanes
    const left = builder.local('i32')
    local.set(left, count)
    if (lanes > 1 && expressionCost(this.#operands.outputs) < unrollBelow) {
      const unroll = 4
      builder.while(
        () => i32.ge_u(left, unroll * lanes),
        () => {
          for (let vector = 0; vector < unroll; vector++) this.#vector({ pointers, vector })
          this.#advance(pointers, unroll)
          local.set(left, i32.sub(left, unroll * lanes))
        },
      )
    }
    builder.while(
      () => local.get(left),
      () => {
        this.#lastVectors(pointers, left)
        this.#advance(pointers, 1)
      },
    )
  }

  /** One vector, of which the last of a row may be less. */
  #lastVectors(pointers: readonly Local<'i32'>[], left: Local<'i32'>): void {
    const { count: lanes } = this.#lanes
    const { outputs, inputs } = this.#operands
    this.#position = { pointers, vector: 0 }
    this.#code.frame(outputs, () => {
      if (lanes === 1) {
        this.#store(pointers, 0)
        local.set(left, i32.sub(left, 1))
        return
      }
      const values = outputs.map((output) => this.#code.keep(output))
      i32.ge_u(left, lanes)
      if_(
        null,
        () => {
          outputs.forEach((output, at) => {
            const pointer = pointers[inputs.length + at]
            if (pointer === undefined) return
            storeElements(this.#lanes, output.dtype, readLocal(pointer), values[at] ?? (() => undefined))
          })
          local.set(left, i32.sub(left, lanes))
        },
        () => {
          for (let lane = 0; lane < lanes - 1; lane++) {
            i32.ge_u(left, lane + 1)
            if_(null, () => {
              outputs.forEach((output, at) => {
                const pointer = pointers[inputs.length + at]
                if (pointer === undefined) return
                const value = values[at] ?? (() => undefined)
                storeElement(this.#lanes, output.dtype, readLocal(pointer), value, lane, lane * itemSize(output.dtype))
              })
            })
          }
          local.set(left, i32.const(0))
        },
      )
    })
  }

  #vector(position: Position): void {
    this.#position = position
    this.#code.frame(this.#operands.outputs, () => {
      this.#store(position.pointers, position.vector)
    })
  }

  /** Every output is evaluated before any is stored, as it may lie where an input is. */
  #store(pointers: readonly Local<'i32'>[], vector: number): void {
    const { outputs, inputs } = this.#operands
    const lanes = this.#lanes
    const values = outputs.map((output) => (outputs.length === 1 ? this.#code.value(output) : this.#code.keep(output)))
    outputs.forEach((output, at) => {
      const pointer = pointers[inputs.length + at]
      if (pointer === undefined) return
      const offset = vector * lanes.count * itemSize(output.dtype)
      storeElements(lanes, output.dtype, readLocal(pointer), values[at] ?? (() => undefined), offset)
    })
  }

  #advance(pointers: readonly Local<'i32'>[], vectors: number): void {
    const { count } = this.#lanes
    pointers.forEach((pointer, operand) => {
      if (this.#isRepeatedOperand(operand)) return
      if (!this.#isCoordinate(operand)) {
        local.set(pointer, i32.add(pointer, vectors * count * this.#itemSize(operand)))
        return
      }
      const ramp = this.#ramps[operand - this.#coordinate(0)]
      local.get(pointer)
      ramp?.step()
      i32.const(vectors)
      i32.mul()
      i32.add()
      local.set(pointer)
    })
  }

  /** The coordinates of a vector's lanes behind the first, and of the next vector. */
  #ramp(step: Term = () => undefined): { readonly lanes: Term; readonly step: Term } {
    const { count } = this.#lanes
    const builder = this.#builder
    const next = builder.keep('i32', () => {
      step()
      i32.const(count)
      i32.mul()
    })
    if (count === 1) return { lanes: () => i32.const(0), step: next }
    const places = builder.constant('places', 'v128', () => v128.const('i32x4', [0, 1, 2, 3]))
    return {
      lanes: builder.keep('v128', () => {
        step()
        i32x4.splat()
        places()
        i32x4.mul()
      }),
      step: next,
    }
  }

  #leaf(leaf: Leaf): Term {
    const lanes = this.#lanes
    switch (leaf.kind) {
      case 'cell':
        return loadCell(lanes, leaf.dtype, () => i32.add(this.#run.parameters, mapHead.cellsAt), leaf.cell)
      case 'count':
        return splatNumber(lanes, leaf.dtype, () => i32.const(1))
      case 'stage':
        throw new Error('A map has no stages.')
      case 'input': {
        if (this.#isRepeated(leaf.input)) {
          const start = this.#row?.pointers[leaf.input]
          if (start === undefined) throw new Error(`Input ${leaf.input} is used outside a row.`)
          return loadElement(lanes, leaf.dtype, readLocal(start))
        }
        const { pointers, vector } = this.#at()
        const pointer = pointers[leaf.input]
        if (pointer === undefined) throw new Error(`Input ${leaf.input} is missing.`)
        return loadElements(lanes, leaf.dtype, readLocal(pointer), vector * lanes.count * itemSize(leaf.dtype))
      }
      case 'index':
        return this.#index(this.#operands.axes.indexOf(leaf.axis))
    }
  }

  #index(at: number): Term {
    const { pointers, vector } = this.#at()
    const pointer = pointers[this.#coordinate(at)]
    const ramp = this.#ramps[at]
    if (pointer === undefined || ramp === undefined) throw new Error('A coordinate is missing.')
    const first = (): void => {
      local.get(pointer)
      if (vector > 0) {
        ramp.step()
        i32.const(vector)
        i32.mul()
        i32.add()
      }
    }
    if (this.#lanes.count === 1) return first
    return () => {
      first()
      i32x4.splat()
      ramp.lanes()
      i32x4.add()
    }
  }

  #at(): Position {
    if (this.#position === undefined) throw new Error('An element is used outside the loop over elements.')
    return this.#position
  }

  #coordinate(at: number): number {
    return this.#operands.inputs.length + this.#operands.outputs.length + at
  }

  #isCoordinate(operand: number): boolean {
    return operand >= this.#coordinate(0)
  }

  #isRepeatedOperand(operand: number): boolean {
    return operand < this.#operands.inputs.length && this.#isRepeated(operand)
  }

  #itemSize(operand: number): number {
    const { inputs, outputs } = this.#operands
    const dtype = inputs[operand] ?? outputs[operand - inputs.length]?.dtype
    return dtype === undefined ? 1 : itemSize(dtype)
  }
}

/**
 * The module of a map kernel.
 *
 * @param structure - what is computed
 * @param leaves - what its expressions read
 * @param repeated - bit i is set where input i stays the same along the innermost axis
 * @param features - of the engine
 * @returns its bytes
 */
export const mapModule = (
  structure: MapStructure,
  leaves: Leaves,
  repeated: number,
  features: WasmFeatures,
): Uint8Array<ArrayBuffer> => {
  const operands: MapOperands = { inputs: structure.inputs, outputs: structure.outputs, axes: leaves.axes }
  const operandCount = operands.inputs.length + operands.outputs.length + operands.axes.length
  const run = runFunction((builder, values) => {
    const lanes = makeLanes(builder, features, laneCount(leaves.dtypes, features))
    const inner = new MapRow(lanes, operands, repeated, values)
    inner.hoistConstants()
    const firstRecord: Term = () => {
      i32.load({ offset: mapHead.recordAt }, values.parameters)
      local.get(values.parameters)
      i32.add()
    }
    walkSpaces(builder, values, operandCount, firstRecord, (row) => {
      inner.emit(row)
    })
  })
  return kernelModule(features, { run })
}
