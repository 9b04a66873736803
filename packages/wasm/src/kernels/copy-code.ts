import { type DType, input, scalarOps } from '@chainrule/tensor'
import { i32, i64, local, type Local, memory, select, v128 } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { FunctionBuilder } from '../assembly/function-builder.js'
import { laneCount, makeLanes } from '../assembly/lanes.js'
import type { WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import { found } from './element-sources.js'
import { MapRow } from './map-code.js'
import { runFunction } from './run-function.js'
import { recordOfPhase, type RunArguments, walkSpaces, type WalkedRow, wordAt } from './space-walk.js'
import { copyElements } from './strided-copy.js'

/** Byte positions in the parameters of a copy. */
export const copyHead = {
  /** Where the table of records is said to be: one record list for each phase. */
  tableAt: 0,
  /** Eight bytes to fill with, the element repeated. */
  patternAt: 8,
  /** Where the filled part starts in the output and how many bytes it has; −1 phases have none. */
  fillStartAt: 16,
  fillBytesAt: 20,
  fillChunkBytesAt: 24,
  /** Number of the phase that fills, −1 for none. */
  fillPhaseAt: 28,
  /** Byte position of the word with the output's address. */
  outputAt: 32,
  operandsAt: 40,
} as const

/** Rows of fewer bytes are copied in a loop, as a bulk copy is a call out of the module. */
const bulkBytes = 512

/**
 * Emits code that copies bytes between places that do not overlap.
 *
 * @param builder - the function under construction
 * @param features - of the engine
 * @param target - where they go
 * @param source - where they come from
 * @param bytes - how many
 */
export const copyBytes = (
  builder: FunctionBuilder,
  features: WasmFeatures,
  target: Local<'i32'>,
  source: Local<'i32'>,
  bytes: Local<'i32'>,
): void => {
  const bulk = (): void => {
    local.get(target)
    local.get(source)
    local.get(bytes)
    memory.copy()
  }
  i32.ge_u(bytes, bulkBytes)
  branch(bulk, () => {
    builder.scope(() => {
      const [to, from, left] = [builder.local('i32'), builder.local('i32'), builder.local('i32')]
      local.set(to, target)
      local.set(from, source)
      local.set(left, bytes)
      const move = (size: number, copy: () => void): void => {
        builder.while(
          () => i32.ge_u(left, size),
          () => {
            local.get(to)
            local.get(from)
            copy()
            local.set(to, i32.add(to, size))
            local.set(from, i32.add(from, size))
            local.set(left, i32.sub(left, size))
          },
        )
      }
      if (features.simd) {
        move(16, () => {
          v128.load({ align: 1 })
          v128.store({ align: 1 })
        })
      }
      move(4, () => {
        i32.load({ align: 1 })
        i32.store({ align: 1 })
      })
      move(1, () => {
        i32.load8_u({})
        i32.store8({})
      })
    })
  })
}

const copyRow = (
  builder: FunctionBuilder,
  features: WasmFeatures,
  itemSize: number,
  { pointers, steps, length }: WalkedRow,
): void => {
  const [source, target] = [found(pointers[0], 'source'), found(pointers[1], 'target')]
  const [from, to] = [found(steps[0], 'step'), found(steps[1], 'step')]
  from()
  i32.const(itemSize)
  i32.eq()
  to()
  i32.const(itemSize)
  i32.eq()
  i32.and()
  branch(
    () => {
      const bytes = builder.local('i32')
      local.set(bytes, i32.mul(length, itemSize))
      copyBytes(builder, features, target, source, bytes)
    },
    () => {
      const end = (pointer: Local<'i32'>, step: () => void): Parameters<typeof copyElements>[2] => ({
        address: () => local.get(pointer),
        step,
      })
      copyElements(builder, itemSize, end(source, from), end(target, to), length)
    },
  )
}

/** Fills the chunks of the run with the pattern. */
const fill = (builder: FunctionBuilder, features: WasmFeatures, { parameters, first, last }: RunArguments): void => {
  builder.scope(() => {
    const [target, left, start] = [builder.local('i32'), builder.local('i32'), builder.local('i32')]
    local.get(first)
    wordAt(parameters, copyHead.fillChunkBytesAt)()
    i32.mul()
    local.set(start)
    // As chunks follow each other, those of the run are filled as one.
    local.get(last)
    wordAt(parameters, copyHead.fillChunkBytesAt)()
    i32.mul()
    local.set(left)
    wordAt(parameters, copyHead.fillBytesAt)()
    local.get(left)
    wordAt(parameters, copyHead.fillBytesAt)()
    local.get(left)
    i32.lt_u()
    select()
    local.get(start)
    i32.sub()
    local.set(left)
    local.get(parameters)
    wordAt(parameters, copyHead.outputAt)()
    i32.add()
    i32.load({})
    wordAt(parameters, copyHead.fillStartAt)()
    i32.add()
    local.get(start)
    i32.add()
    local.set(target)
    const pattern = builder.keep('i64', () => i64.load({ offset: copyHead.patternAt }, parameters))
    const step = (size: number, store: () => void): void => {
      builder.while(
        () => i32.ge_u(left, size),
        () => {
          store()
          local.set(target, i32.add(target, size))
          local.set(left, i32.sub(left, size))
        },
      )
    }
    if (features.simd) {
      const wide = builder.keep('v128', () => v128.load64_splat({ offset: copyHead.patternAt }, parameters))
      step(64, () => {
        for (let at = 0; at < 64; at += 16) {
          local.get(target)
          wide()
          v128.store({ offset: at, align: 1 })
        }
      })
    }
    step(8, () => {
      local.get(target)
      pattern()
      i64.store({ align: 1 })
    })
    // Elements of 4 bytes leave 4 at most; of 1, up to 7 of the same byte.
    step(4, () => {
      local.get(target)
      pattern()
      i64.store32({ align: 1 })
    })
    step(1, () => {
      local.get(target)
      pattern()
      i64.store8({})
    })
  })
}

/** A module that fills in one phase and walks the records of pieces in the others. */
const fillingModule = (
  features: WasmFeatures,
  operandCount: number,
  rowCode: (builder: FunctionBuilder, run: RunArguments) => (row: WalkedRow) => void,
): Uint8Array<ArrayBuffer> => {
  const run = runFunction((builder, values) => {
    const emitRow = rowCode(builder, values)
    local.get(values.phase)
    wordAt(values.parameters, copyHead.fillPhaseAt)()
    i32.eq()
    branch(
      () => {
        fill(builder, features, values)
      },
      () => {
        walkSpaces(builder, values, operandCount, recordOfPhase(values, copyHead.tableAt), emitRow)
      },
    )
  })
  return kernelModule(features, { run })
}

/**
 * The module that fills, and copies elements of one size.
 *
 * @param itemSize - bytes of an element
 * @param features - of the engine
 * @returns its bytes
 */
export const copyModule = (itemSize: number, features: WasmFeatures): Uint8Array<ArrayBuffer> =>
  fillingModule(features, 2, (builder) => (row) => {
    copyRow(builder, features, itemSize, row)
  })

/**
 * The module that fills, and adds pieces to what the output holds: a map of two operands, of which one is the output.
 *
 * @param dtype - of the elements
 * @param features - of the engine
 * @returns its bytes
 */
export const sumModule = (dtype: DType, features: WasmFeatures): Uint8Array<ArrayBuffer> => {
  const structure = { inputs: [dtype, dtype], outputs: [scalarOps.add(input(0, dtype), input(1, dtype))] }
  return fillingModule(features, 3, (builder, run) => {
    const lanes = makeLanes(builder, features, laneCount([dtype], features))
    const sum = new MapRow(lanes, structure, [], 0, run)
    return (row) => {
      sum.emit(row)
    }
  })
}
