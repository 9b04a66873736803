import { type Dependency, type ImportFunc, Module, type ValueType } from 'wasmati'
import { encodeModule, hasOnlyFunctions } from './assembly/encode-module.js'
import type { WasmFeatures } from './kernel-code.js'
import { maximumPages } from './linear-memory.js'

/** Module name of everything that kernels import. */
export const importModule = 'chainrule'

/** The memory as modules import it; one actual memory serves all of them at run time. */
const memoryImport = (shared: boolean): Dependency.ImportMemory => ({
  kind: 'importMemory',
  module: importModule,
  string: 'memory',
  type: { limits: { min: 1, max: maximumPages, shared } },
  deps: [],
  // Only `toBytes` is used of the module, so no memory is made for it.
  value: undefined as unknown as WebAssembly.Memory,
})

/**
 * A function that a module imports from `chainrule`: an export of the code that its `KernelCode.uses` names.
 *
 * @param name - the name of the export
 * @param parameters - value types of its arguments
 * @param results - value types of its results
 * @returns the function, to be called with `call`
 */
export const importedFunction = <const Parameters extends ValueType[], const Results extends ValueType[]>(
  name: string,
  parameters: Parameters,
  results: Results,
): ImportFunc<Parameters, Results> => ({
  kind: 'importFunction',
  module: importModule,
  string: name,
  type: { args: parameters, results },
  deps: [],
  value: () => undefined,
})

/**
 * The bytes of a module that imports the device's memory.
 *
 * @param features - decides whether the memory is declared shared
 * @param functions - its exports by name
 * @returns the bytes
 */
export const kernelModule = (
  features: WasmFeatures,
  functions: Readonly<Record<string, Dependency.AnyFunc>>,
): Uint8Array<ArrayBuffer> =>
  hasOnlyFunctions(functions)
    ? encodeModule({
        exports: functions,
        memory: { module: importModule, name: 'memory', shared: features.threads, maximumPages },
      })
    : new Uint8Array(Module({ exports: { ...functions }, memory: memoryImport(features.threads) }).toBytes())
