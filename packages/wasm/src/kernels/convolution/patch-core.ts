import type { Local } from 'wasmati'
import type { FunctionBuilder, FunctionLibrary, WasmFunction } from '../../assembly/function-builder.js'
import {
  add,
  and,
  callWith,
  countUp,
  equal,
  increase,
  less,
  mul,
  named,
  quotient,
  set,
  sub,
  when,
  type Word,
  wordFunction,
} from '../../assembly/words.js'
import type { KernelCode, WasmFeatures } from '../../kernel-code.js'
import { importedFunction, kernelModule } from '../../kernel-module.js'
import { copyVectors } from '../contraction/copy-vectors.js'
import { type TileArithmetic, tileArithmetic } from '../contraction/tile-arithmetic.js'
import type { LibraryDType } from '../library/library-code.js'
import { copyRun } from './copy-run.js'
import { tapBytes, walkPairs } from './pair-walk.js'

/** Runs of up to so many vectors are copied without a loop along the run. */
const unrolledVectors = 8

/**
 * Copies all runs but the last in whole vectors, where runs follow upon each other in the target: what is written behind a run
 * is overwritten by the next one, unless that is shorter, and what is read behind it lies in front of the next one's end.
 */
const copyWholeVectors = (
  builder: FunctionBuilder,
  { itemBytes, lanes }: TileArithmetic,
  run: Local,
  [source, sourceStride, runs, length, target, targetStride]: readonly [Local, Local, Local, Local, Local, Local],
): void => {
  const vectors = named(builder, quotient(add(length, lanes - 1), lanes))
  const last = named(builder, sub(runs, 1))
  const follows = and(equal(targetStride, mul(length, itemBytes)), less(15, sourceStride))
  when(and(follows, less(lanes - 2, length)), () => {
    for (let count = 1; count <= unrolledVectors; count++) {
      when(equal(vectors, count), () => {
        countUp(run, run, last, 1, () => {
          copyVectors(source, target, 16 * count)
          increase(source, sourceStride)
          increase(target, targetStride)
        })
      })
    }
  })
}

/**
 * The function that copies runs of elements: `copyRuns(source, sourceStride, runs, length, target, targetStride)`, strides in
 * bytes from run to run. Nothing is written behind the last run, nor between runs.
 */
const runCopier = (library: FunctionLibrary, arithmetic: TileArithmetic): WasmFunction =>
  wordFunction(library, 6, (builder, words) => {
    const [source, sourceStride, runs, length, target, targetStride] = words
    const run = builder.local('i32')
    const [from, to] = [builder.local('i32'), builder.local('i32')]
    set(run, 0)
    if (arithmetic.lanes > 1) copyWholeVectors(builder, arithmetic, run, words)
    countUp(run, run, runs, 1, () => {
      set(from, source)
      set(to, target)
      copyRun(builder, arithmetic, from, to, length)
      increase(source, sourceStride)
      increase(target, targetStride)
    })
  })

/**
 * The function that packs what an area of output places sees as a matrix with a row for each (channel, tap) pair:
 * `packPatches(window, plane, table, taps, firstPair, pairs, rowStep, rows, columns, target, targetStride)`. Places stand row by
 * row; `targetStride` is in bytes from pair to pair.
 */
const patchPacker = (library: FunctionLibrary, { itemBytes }: TileArithmetic, copyRuns: WasmFunction): WasmFunction =>
  wordFunction(library, 11, (builder, words) => {
    const [window, plane, table, taps, firstPair, pairs, rowStep, rows, columns, target, targetStride] = words
    const pair = builder.local('i32')
    const rowBytes = named(builder, mul(columns, itemBytes))
    const walk = walkPairs(builder, table, taps, plane, tapBytes.source, firstPair)
    countUp(pair, 0, pairs, 1, () => {
      const values: readonly Word[] = [add(window, walk.offset), rowStep, rows, columns, target, rowBytes]
      callWith(copyRuns, values)
      increase(target, targetStride)
      walk.next()
    })
  })

const build = (dtype: LibraryDType, features: WasmFeatures): Uint8Array<ArrayBuffer> => {
  const library: FunctionLibrary = new Map()
  const arithmetic = tileArithmetic(dtype, features)
  const copyRuns = runCopier(library, arithmetic)
  return kernelModule(features, { copyRuns, packPatches: patchPacker(library, arithmetic, copyRuns) })
}

const coreOf = (dtype: LibraryDType): KernelCode => ({
  key: `patches:${dtype}`,
  build: (features) => build(dtype, features),
})

/** What convolutions on a native library have in common. */
export const patchCore: Readonly<Record<LibraryDType, KernelCode>> = {
  float32: coreOf('float32'),
  float64: coreOf('float64'),
}

const words = <const Count extends number>(count: Count): 'i32'[] => new Array<'i32'>(count).fill('i32')

/** The functions of the core, as code that uses it imports them. */
export const patchImports = {
  copyRuns: importedFunction('copyRuns', words(6), []),
  packPatches: importedFunction('packPatches', words(11), []),
} as const
