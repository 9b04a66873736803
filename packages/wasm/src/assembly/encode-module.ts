import type { Dependency, ValueType } from 'wasmati'
import { ByteWriter } from './byte-writer.js'
import { opcodes } from './opcodes.js'

type Instruction = Dependency.Instruction
type FunctionType = Dependency.AnyFunc['type']

/** What a module is made of. */
export interface ModuleParts {
  /** Functions by the names under which they are exported. */
  readonly exports: Readonly<Record<string, Dependency.AnyFunc>>
  /** Imported memory: names, and whether it is shared. */
  readonly memory: {
    readonly module: string
    readonly name: string
    readonly shared: boolean
    readonly maximumPages: number
  }
}

const valueTypeCodes: Readonly<Record<string, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b }

const valueTypeCode = (type: ValueType): number => {
  const code = valueTypeCodes[type]
  if (code === undefined) throw new Error(`Kernels have no values of type ${type}.`)
  return code
}

const end = 0x0b
const otherwise = 0x05
const emptyType = 0x40

/** Finds all functions that some functions call, those imported first, as their numbers come first. */
const reachable = (roots: readonly Dependency.AnyFunc[]): readonly Dependency.AnyFunc[] => {
  const found = new Set<Dependency.AnyFunc>()
  const visit = (target: Dependency.AnyFunc): void => {
    if (found.has(target)) return
    found.add(target)
    for (const dependency of target.deps) {
      if (dependency.kind === 'function' || dependency.kind === 'importFunction') visit(dependency)
    }
  }
  roots.forEach(visit)
  const all = [...found]
  return [...all.filter(({ kind }) => kind === 'importFunction'), ...all.filter(({ kind }) => kind === 'function')]
}

/** Writes the bytes of one module. */
class ModuleEncoder {
  readonly #functions: readonly Dependency.AnyFunc[]
  readonly #functionNumbers: ReadonlyMap<Dependency.AnyFunc, number>
  readonly #types: FunctionType[] = []
  readonly #typeNumbers = new Map<string, number>()

  constructor(roots: readonly Dependency.AnyFunc[]) {
    this.#functions = reachable(roots)
    this.#functionNumbers = new Map(this.#functions.map((target, number) => [target, number]))
  }

  encode({ exports, memory }: ModuleParts): Uint8Array<ArrayBuffer> {
    const imported = this.#functions.filter((target) => target.kind === 'importFunction')
    const own = this.#functions.filter((target) => target.kind === 'function')
    const [types, imports, functions, exported, code] = Array.from({ length: 5 }, () => new ByteWriter()) as [
      ByteWriter,
      ByteWriter,
      ByteWriter,
      ByteWriter,
      ByteWriter,
    ]
    imports.unsigned(imported.length + 1)
    for (const target of imported) {
      imports.name(target.module ?? '')
      imports.name(target.string ?? '')
      imports.byte(0)
      imports.unsigned(this.#typeNumber(target.type))
    }
    imports.name(memory.module)
    imports.name(memory.name)
    imports.byte(2)
    imports.byte(memory.shared ? 3 : 1)
    imports.unsigned(1)
    imports.unsigned(memory.maximumPages)
    functions.unsigned(own.length)
    for (const target of own) functions.unsigned(this.#typeNumber(target.type))
    const names = Object.entries(exports)
    exported.unsigned(names.length)
    for (const [name, target] of names) {
      exported.name(name)
      exported.byte(0)
      exported.unsigned(this.#numberOf(target))
    }
    code.unsigned(own.length)
    for (const target of own) {
      const body = new ByteWriter()
      this.#locals(body, target.locals)
      this.#body(body, target.body)
      body.byte(end)
      code.unsigned(body.length)
      code.append(body)
    }
    types.unsigned(this.#types.length)
    for (const { args, results } of this.#types) {
      types.byte(0x60)
      for (const list of [args, results]) {
        types.unsigned(list.length)
        for (const type of list) types.byte(valueTypeCode(type))
      }
    }
    const module = new ByteWriter()
    module.bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    module.section(1, types)
    module.section(2, imports)
    module.section(3, functions)
    module.section(7, exported)
    module.section(10, code)
    return module.take()
  }

  #numberOf(target: Dependency.AnyFunc): number {
    const number = this.#functionNumbers.get(target)
    if (number === undefined) throw new Error('A module calls a function that is not part of it.')
    return number
  }

  #typeNumber(type: FunctionType): number {
    const key = `${type.args.join()}>${type.results.join()}`
    const known = this.#typeNumbers.get(key)
    if (known !== undefined) return known
    this.#types.push(type)
    this.#typeNumbers.set(key, this.#types.length - 1)
    return this.#types.length - 1
  }

  /** Runs of locals of one type. */
  #locals(writer: ByteWriter, locals: readonly ValueType[]): void {
    const runs: { readonly type: ValueType; count: number }[] = []
    for (const type of locals) {
      const last = runs.at(-1)
      if (last?.type === type) last.count++
      else runs.push({ type, count: 1 })
    }
    writer.unsigned(runs.length)
    for (const { type, count } of runs) {
      writer.unsigned(count)
      writer.byte(valueTypeCode(type))
    }
  }

  #body(writer: ByteWriter, body: readonly Instruction[]): void {
    for (const instruction of body) this.#instruction(writer, instruction)
  }

  #blockType(writer: ByteWriter, { type }: Instruction): void {
    // A condition is on the stack of an `if`, but not part of its type.
    const args = type.args
    if (args.length === 0 && type.results.length === 0) writer.byte(emptyType)
    else writer.signed(this.#typeNumber({ args, results: type.results }))
  }

  #instruction(writer: ByteWriter, instruction: Instruction): void {
    const { string: name, resolveArgs } = instruction
    const opcode = opcodes.get(name)
    if (opcode === undefined) throw new Error(`Kernels do not use the instruction ${name}.`)
    if (opcode.prefix === 0) writer.byte(opcode.code)
    else {
      writer.byte(opcode.prefix)
      writer.unsigned(opcode.code)
    }
    const [first, second] = resolveArgs as readonly unknown[]
    switch (name) {
      case 'block':
      case 'loop':
        this.#blockType(writer, instruction)
        this.#body(writer, first as readonly Instruction[])
        writer.byte(end)
        return
      case 'if':
        this.#blockType(writer, {
          ...instruction,
          type: { ...instruction.type, args: instruction.type.args.slice(0, -1) },
        })
        this.#body(writer, first as readonly Instruction[])
        if (second !== undefined) {
          writer.byte(otherwise)
          this.#body(writer, second as readonly Instruction[])
        }
        writer.byte(end)
        return
      case 'br':
      case 'br_if':
        writer.unsigned(first as number)
        return
      case 'br_table': {
        const { indices, defaultIndex } = first as { indices: readonly number[]; defaultIndex: number }
        writer.unsigned(indices.length)
        for (const index of indices) writer.unsigned(index)
        writer.unsigned(defaultIndex)
        return
      }
      case 'call':
        this.#call(writer, instruction)
        return
      case 'local.get':
      case 'local.set':
      case 'local.tee':
        writer.unsigned((first as { readonly index: number }).index)
        return
      case 'i32.const':
        writer.signed(first as number)
        return
      case 'i64.const':
        writer.signedLong(first as bigint)
        return
      case 'f32.const':
        writer.float(first as number)
        return
      case 'f64.const':
        writer.double(first as number)
        return
      case 'memory.size':
      case 'memory.grow':
      case 'memory.fill':
      case 'atomic.fence':
        writer.byte(0)
        return
      case 'memory.copy':
        writer.bytes([0, 0])
        return
      default:
        encodeImmediate(writer, name, first)
    }
  }

  #call(writer: ByteWriter, { deps }: Instruction): void {
    const [target] = deps
    if (target?.kind !== 'function' && target?.kind !== 'importFunction') throw new Error('A call has no function.')
    writer.unsigned(this.#numberOf(target))
  }
}

interface MemoryArgument {
  readonly align: number
  readonly offset: number
}

/** Immediates whose form tells what they are: memory arguments, lanes, bytes. */
const encodeImmediate = (writer: ByteWriter, name: string, immediate: unknown): void => {
  if (immediate === undefined) return
  if (typeof immediate === 'number') writer.byte(immediate)
  else if (Array.isArray(immediate)) writer.bytes(immediate as readonly number[])
  else {
    const { memArg, lane, ...plain } = immediate as Partial<MemoryArgument> & { memArg?: MemoryArgument; lane?: number }
    const { align, offset } = memArg ?? plain
    if (align === undefined || offset === undefined) throw new Error(`${name} has an immediate of no known form.`)
    writer.unsigned(align)
    writer.unsigned(offset)
    if (lane !== undefined) writer.byte(lane)
  }
}

/**
 * Whether functions use nothing but functions and the memory: no tables, globals or data, which only wasmati encodes.
 *
 * @param exports - the functions
 * @returns whether `encodeModule` can encode them
 */
export const hasOnlyFunctions = (exports: ModuleParts['exports']): boolean =>
  reachable(Object.values(exports)).every(({ deps }) =>
    (deps as readonly Dependency.t[]).every(({ kind }) =>
      ['function', 'importFunction', 'type', 'hasMemory'].includes(kind),
    ),
  )

/**
 * The bytes of a module whose functions were built with wasmati. wasmati's own encoder copies the bytes of nested blocks
 * once for each level around them, which takes many times as long.
 *
 * @param parts - functions and memory
 * @returns the bytes
 */
export const encodeModule = (parts: ModuleParts): Uint8Array<ArrayBuffer> =>
  new ModuleEncoder(Object.values(parts.exports)).encode(parts)
