import {
  block,
  br,
  br_if,
  defaultCtx,
  type Dependency,
  f32,
  f64,
  func,
  i32,
  i64,
  local,
  loop,
  type Local,
  v128,
} from 'wasmati'

import { forgetMemory } from './branch.js'

/** Types of values that generated code works with. */
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128'

/** Emits code that pushes one value. It may be emitted any number of times, so it should be cheap: a local, a constant. */
export type Term = () => void

/** A function of a module, as `call` takes it. */
export type WasmFunction = Dependency.Func

/** Functions that others of the same module call, by name, so that each is built once. */
export type FunctionLibrary = Map<string, WasmFunction>

const typeObjects = { i32, i64, f32, f64, v128 } as const

/**
 * Builds one function with wasmati: hands out locals on demand, takes them back at the end of a scope, and keeps
 * constants in locals set once at the start (engines rebuild a vector constant at each use).
 */
export class FunctionBuilder {
  /** Functions that this one can call. */
  readonly library: FunctionLibrary
  /** Types of arguments and locals so far: wasmati's own list, which grows as locals are taken. */
  readonly #types: ValueType[]
  readonly #free: Record<ValueType, Local[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] }
  readonly #scopes: Local[][] = []
  readonly #constants = new Map<string, { readonly term: Term; readonly set: () => void }>()

  /** @param library - functions of the module; the context of wasmati must be that of the new function */
  constructor(library: FunctionLibrary) {
    this.library = library
    this.#types = defaultCtx.locals as ValueType[]
  }

  /**
   * A local that the innermost scope owns.
   *
   * @param type - its type
   * @returns the local; its value is undefined until set
   */
  local<T extends ValueType>(type: T): Local<T> {
    const taken = this.#free[type].pop() ?? this.#make(type)
    this.#scopes.at(-1)?.push(taken)
    return taken as Local<T>
  }

  /**
   * Evaluates a term now and keeps its value for the innermost scope.
   *
   * @param type - type of the value
   * @param term - what to evaluate
   * @returns a term that reads the value
   */
  keep(type: ValueType, term: Term): Term {
    const kept = this.local(type)
    term()
    local.set(kept)
    return () => {
      local.get(kept)
    }
  }

  /**
   * A value computed once at the start of the function. It may use the function's arguments and other constants made
   * before it.
   *
   * @param key - same key, same value
   * @param type - type of the value
   * @param term - what to evaluate
   * @returns a term that reads the value
   */
  constant(key: string, type: ValueType, term: Term): Term {
    const known = this.#constants.get(key)
    if (known !== undefined) return known.term
    const kept = this.#make(type)
    const read = (): void => {
      local.get(kept)
    }
    const set = (): void => {
      term()
      local.set(kept)
    }
    this.#constants.set(key, { term: read, set })
    return read
  }

  /**
   * Runs a piece of generation; the locals that it took are free for others afterwards.
   *
   * @param generate - emits code
   * @returns what `generate` returns
   */
  scope<R>(generate: () => R): R {
    this.#scopes.push([])
    try {
      return generate()
    } finally {
      for (const taken of this.#scopes.pop() ?? []) this.#free[taken.type as ValueType].push(taken)
    }
  }

  /**
   * A loop that tests first.
   *
   * @param condition - pushes an i32; the loop runs while it is not zero
   * @param body - emits the body
   */
  while(condition: Term, body: () => void): void {
    block(null, (outside) => {
      loop(null, (again) => {
        condition()
        i32.eqz()
        br_if(outside)
        body()
        forgetMemory()
        br(again)
      })
    })
  }

  /**
   * A loop that tests last, for bodies known to run at least once.
   *
   * @param body - emits the body
   * @param condition - pushes an i32; the loop runs again while it is not zero
   */
  repeatWhile(body: () => void, condition: Term): void {
    loop(null, (again) => {
      body()
      condition()
      forgetMemory()
      br_if(again)
    })
  }

  /** Puts the constants before everything emitted so far; called once, when the body is complete. */
  emitConstants(): void {
    const { body } = defaultCtx
    const start = body.length
    for (const { set } of this.#constants.values()) set()
    body.unshift(...body.splice(start))
  }

  #make(type: ValueType): Local {
    this.#types.push(type)
    return { kind: 'local', type, index: this.#types.length - 1 }
  }
}

type UntypedFunc = (
  signature: { readonly in: unknown; readonly out: unknown },
  run: (values: readonly Local[]) => void,
) => WasmFunction

/** wasmati infers tuple types of signatures; ours are made at run time. */
const untypedFunc = func as unknown as UntypedFunc

/**
 * Builds a function.
 *
 * @param library - functions of the module
 * @param takes - types of the arguments
 * @param gives - types of the results, which the body leaves on the stack
 * @param body - emits the body; gets the builder and the arguments
 * @returns the function, for `call` or for the exports of a module
 */
export const buildFunction = (
  library: FunctionLibrary,
  takes: readonly ValueType[],
  gives: readonly ValueType[],
  body: (builder: FunctionBuilder, values: readonly Local[]) => void,
): WasmFunction => {
  // wasmati keeps the function under construction in one global context: restored, so that a function can be built while
  // another one is.
  const outer = { ...defaultCtx }
  try {
    let locals: readonly ValueType[] = []
    const built = untypedFunc(
      { in: takes.map((type) => typeObjects[type]), out: gives.map((type) => typeObjects[type]) },
      (values) => {
        const builder = new FunctionBuilder(library)
        body(builder, values)
        builder.emitConstants()
        locals = (defaultCtx.locals as ValueType[]).slice(takes.length)
      },
    )
    built.locals = [...locals]
    return built
  } finally {
    Object.assign(defaultCtx, outer)
  }
}
