import { setFlagsFromString } from 'node:v8'
import type { TypedArray } from '@chainrule/tensor'
import { productsOf } from '../contraction-library.js'
import type { KernelCode, KernelPlan, WasmFeatures } from '../kernel-code.js'
import { scriptLibrary } from './script-library.js'

// Node.js 20 has relaxed SIMD behind a flag, later ones have it anyway.
setFlagsFromString('--experimental-wasm-relaxed-simd')

/** How a test runs a plan. */
export interface RunPlanOptions {
  readonly cells?: readonly number[]
  readonly features?: WasmFeatures
  /** Ranges of chunks for each phase, in the order in which to run them; whole phases at once by default. */
  readonly order?: (chunks: number) => readonly (readonly [first: number, last: number])[]
}

/** Engines of every kind that tests imitate. */
export const featureSets: Readonly<Record<string, WasmFeatures>> = {
  relaxed: { simd: true, relaxedSimd: true, threads: false },
  simd: { simd: true, relaxedSimd: false, threads: false },
  numbers: { simd: false, relaxedSimd: false, threads: false },
}

const defaults: WasmFeatures = { simd: true, relaxedSimd: false, threads: false }

type Run = (parameters: number, scratch: number, phase: number, first: number, last: number) => void

const modules = new Map<string, WebAssembly.Module>()
const memory = new WebAssembly.Memory({ initial: 16, maximum: 65536 })
const instances = new Map<string, WebAssembly.Exports>()

/** How many modules were compiled so far. */
export const compiledModules = (): number => modules.size

const exportsOf = (code: KernelCode, features: WasmFeatures): WebAssembly.Exports => {
  const key = `${code.key}|${JSON.stringify(features)}`
  let exports = instances.get(key)
  if (exports === undefined) {
    const imports: Record<string, WebAssembly.ImportValue> = { memory, ...productsOf(scriptLibrary(), memory) }
    for (const used of code.uses ?? []) Object.assign(imports, exportsOf(used, features))
    const module = new WebAssembly.Module(code.build(features))
    modules.set(key, module)
    exports = new WebAssembly.Instance(module, { chainrule: imports }).exports
    instances.set(key, exports)
  }
  return exports
}

const runOf = (code: KernelCode, features: WasmFeatures): Run => exportsOf(code, features)['run'] as Run

const align = (address: number): number => (address + 63) & ~63

const bytesOf = (array: TypedArray): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

/** Bytes around operands that no kernel may write. */
const guard = 64

/**
 * Runs a plan on host arrays, on one thread, as a device would. Operands that are the same array share memory.
 *
 * @param plan - the plan
 * @param inputs - arrays of the inputs
 * @param outputs - arrays of the outputs; they receive the results
 * @param options - cells, features, order of chunks
 * @throws the error of the plan's fault, if the code reported one
 */
export const runPlan = (
  plan: KernelPlan,
  inputs: readonly TypedArray[],
  outputs: readonly TypedArray[],
  { cells = [], features = defaults, order = (chunks) => [[0, chunks]] }: RunPlanOptions = {},
): void => {
  const places = new Map<TypedArray, number>()
  let next = 1024
  const take = (bytes: number): number => {
    const address = align(next + guard)
    next = address + bytes + guard
    return address
  }
  for (const array of [...inputs, ...outputs]) if (!places.has(array)) places.set(array, take(array.byteLength))
  const parameters = take(plan.parameters.byteLength)
  const shared = take(plan.sharedScratchBytes)
  const scratch = take(plan.scratchBytes)
  const missing = align(next) - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / 65536))

  const bytes = new Uint8Array(memory.buffer)
  bytes.fill(0xa5, 1024, next)
  for (const [array, address] of places) bytes.set(bytesOf(array), address)
  bytes.set(plan.parameters, parameters)
  const view = new DataView(memory.buffer)
  const operandsAt = plan.operandsAt ?? 0
  ;[...inputs, ...outputs].forEach((array, position) => {
    view.setInt32(parameters + operandsAt + 4 * position, places.get(array) ?? 0, true)
  })
  cells.slice(0, plan.cellCount).forEach((value, slot) => {
    view.setFloat64(parameters + plan.cellsAt + 8 * slot, value, true)
  })
  if (plan.sharedScratchBytes > 0) view.setInt32(parameters + plan.sharedScratchAt, shared, true)
  if (plan.fault !== undefined) view.setInt32(parameters + plan.fault.at, 0, true)

  const run = runOf(plan.code, features)
  plan.phases.forEach((chunks, phase) => {
    for (const [first, last] of order(chunks)) run(parameters, scratch, phase, first, last)
  })
  if (plan.fault !== undefined && view.getInt32(parameters + plan.fault.at, true) !== 0) {
    throw plan.fault.explain(new DataView(memory.buffer, parameters, plan.parameters.byteLength))
  }
  for (const [array, address] of places) {
    const after = new Uint8Array(memory.buffer)
    for (let at = 1; at <= guard; at++) {
      const isClean = after[address - at] === 0xa5 && after[address + array.byteLength + at - 1] === 0xa5
      if (!isClean) throw new Error(`A kernel wrote outside of an operand, ${at} bytes from it.`)
    }
    if (outputs.includes(array)) bytesOf(array).set(after.subarray(address, address + array.byteLength))
    else if (Buffer.compare(bytesOf(array), after.subarray(address, address + array.byteLength)) !== 0) {
      throw new Error('A kernel wrote into an input.')
    }
  }
}
