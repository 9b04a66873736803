import { DeviceError } from '@chainrule/tensor'
import type { MatrixProducts } from './contraction-library.js'
import type { KernelCode, WasmFeatures } from './kernel-code.js'
import { importModule } from './kernel-module.js'

/** The entry point of kernel code; see `KernelCode`. */
export type RunKernel = (parameters: number, scratch: number, phase: number, first: number, last: number) => void

/** Code that is ready to run on the main thread, with what workers need to make their own instance of it. */
export interface CompiledCode {
  readonly code: KernelCode
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly uses: readonly CompiledCode[]
  readonly exports: WebAssembly.Exports
  /** The export `run`; undefined in code that only other code uses. */
  readonly run: RunKernel | undefined
  /** Place in the function tables of the threads; −1 until a run needs the code on several threads. */
  slot: number
}

/** A module, and the bytes from which workers compile the same. */
interface BuiltModule {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly module: WebAssembly.Module
}

/** Modules by code and features, for all devices of the process. */
const built = new WeakMap<KernelCode, Map<string, BuiltModule>>()

const buildModule = (code: KernelCode, features: WasmFeatures): BuiltModule => {
  const variants = built.get(code) ?? new Map<string, BuiltModule>()
  built.set(code, variants)
  const key = `${features.simd}:${features.relaxedSimd}:${features.threads}`
  const known = variants.get(key)
  if (known !== undefined) return known
  const bytes = code.build(features)
  const made = { bytes, module: new WebAssembly.Module(bytes) }
  variants.set(key, made)
  return made
}

/** Modules by kernel structure: nothing is compiled twice, whatever the shapes. */
export class CodeCache {
  readonly #features: WasmFeatures
  readonly #memory: WebAssembly.Memory
  readonly #products: Partial<MatrixProducts>
  readonly #byCode = new WeakMap<KernelCode, CompiledCode>()
  readonly #byKey = new Map<string, CompiledCode>()
  /** How many modules were compiled since the device started. */
  compiled = 0
  /** Milliseconds spent on generating and compiling them. */
  milliseconds = 0

  /**
   * @param features - of the engine
   * @param memory - that modules import
   * @param products - of a native library, which modules may import
   */
  constructor(features: WasmFeatures, memory: WebAssembly.Memory, products: Partial<MatrixProducts> = {}) {
    this.#products = products
    this.#features = features
    this.#memory = memory
  }

  /**
   * The instance of some code, compiled at its first use.
   *
   * @param code - the code of a plan
   * @returns its instance
   */
  get(code: KernelCode): CompiledCode {
    const known = this.#byCode.get(code)
    if (known !== undefined) return known
    const compiled = this.#byKey.get(code.key) ?? this.#compile(code)
    this.#byCode.set(code, compiled)
    return compiled
  }

  /** The entry point of some code. */
  runOf(compiled: CompiledCode): RunKernel {
    if (compiled.run === undefined) {
      throw new DeviceError(`run: code '${compiled.code.key}' has no export 'run', expected kernel code. Report this.`)
    }
    return compiled.run
  }

  #compile(code: KernelCode): CompiledCode {
    const uses = (code.uses ?? []).map((used) => this.get(used))
    const started = performance.now()
    const { bytes, module } = buildModule(code, this.#features)
    const imports: Record<string, WebAssembly.ImportValue> = { memory: this.#memory, ...this.#products }
    for (const used of uses) Object.assign(imports, used.exports)
    const instance = new WebAssembly.Instance(module, { [importModule]: imports })
    const run = instance.exports['run'] as RunKernel | undefined
    const compiled: CompiledCode = { code, bytes, uses, exports: instance.exports, run, slot: -1 }
    this.#byKey.set(code.key, compiled)
    this.compiled++
    this.milliseconds += performance.now() - started
    return compiled
  }
}
