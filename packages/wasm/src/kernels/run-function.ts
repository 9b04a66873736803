import type { Local } from 'wasmati'
import {
  buildFunction,
  type FunctionBuilder,
  type FunctionLibrary,
  type WasmFunction,
} from '../assembly/function-builder.js'
import type { RunArguments } from './space-walk.js'

/**
 * The function `run` that every kernel module exports.
 *
 * @param body - emits its body
 * @param library - functions that it calls
 * @returns the function
 */
export const runFunction = (
  body: (builder: FunctionBuilder, run: RunArguments) => void,
  library: FunctionLibrary = new Map(),
): WasmFunction =>
  buildFunction(library, ['i32', 'i32', 'i32', 'i32', 'i32'], [], (builder, values) => {
    const [parameters, scratch, phase, first, last] = values as readonly Local<'i32'>[]
    if (!parameters || !scratch || !phase || !first || !last) throw new Error('run has five arguments.')
    body(builder, { parameters, scratch, phase, first, last })
  })
