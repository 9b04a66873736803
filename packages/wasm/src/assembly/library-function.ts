import { call, local, type Local } from 'wasmati'
import {
  buildFunction,
  type FunctionBuilder,
  type FunctionLibrary,
  type Term,
  type ValueType,
} from './function-builder.js'

/**
 * A term that calls a function of the module, which is built when first asked for.
 *
 * @param library - functions of the module
 * @param name - same name, same function
 * @param takes - types of its arguments
 * @param gives - type of its result
 * @param body - makes the result from the arguments
 * @returns makes a call from arguments
 */
export const libraryFunction = (
  library: FunctionLibrary,
  name: string,
  takes: readonly ValueType[],
  gives: ValueType,
  body: (builder: FunctionBuilder, values: readonly Term[]) => Term,
): ((...values: readonly Term[]) => Term) => {
  const known = library.get(name)
  const target =
    known ??
    buildFunction(library, takes, [gives], (builder, values) => {
      body(builder, values.map(readLocal))()
    })
  if (known === undefined) library.set(name, target)
  return (...values) =>
    () => {
      for (const value of values) value()
      call(target)
    }
}

/** A term that reads a local. */
export const readLocal =
  (value: Local): Term =>
  () => {
    local.get(value)
  }
