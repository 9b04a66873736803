import { Parameter } from '@chainrule/autograd'
import { type DType, guard, requireNoMore, type Tensor, type Variable } from '@chainrule/tensor'
import { moveOrConvert } from './convert.js'
import { heldModules, isModule, moduleMark, visits } from './members.js'
import { type LoadedState, namedSlots, putStateDict, type StateDict, takeStateDict } from './state-dict.js'
import { summarize, type SummaryOptions } from './summary.js'

/** Options of `loadStateDict`. */
export interface LoadStateDictOptions {
  /** Whether every name must be on both sides. Default true. */
  readonly strict?: boolean
}

/**
 * Base of every layer and model. A subclass holds parameters, variables (buffers), modules, and arrays or plain objects of
 * them, as ordinary properties; they are found there, and their names in state dicts are PyTorch's: camelCase properties in
 * snake_case, joined by dots. Private `#fields` and plain tensors are not part of the state.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html
 *
 * @example
 * ```ts
 * import { Linear, Module } from '@chainrule/layers'
 * import { ones, type Tensor } from '@chainrule/tensor'
 *
 * class Network extends Module {
 *   readonly first = new Linear(3, 8)
 *   readonly second = new Linear(8, 2)
 *
 *   forward(x: Tensor): Tensor {
 *     return this.second.forward(this.first.forward(x).relu())
 *   }
 * }
 *
 * const network = new Network()
 * console.log(network.forward(ones([4, 3])).shape) // [4, 2]
 * console.log(Object.keys(network.stateDict())) // ['first.weight', 'first.bias', 'second.weight', 'second.bias']
 * ```
 */
export abstract class Module {
  #training = true

  /** @throws ArgumentError for arguments: layers without a constructor of their own take none */
  constructor(...extra: never[]) {
    requireNoMore(this.constructor.name, extra, 0)
  }

  /** Marks modules for the walk over their properties. */
  get [moduleMark](): true {
    return true
  }

  /** Whether the module is in training mode (dropout drops, batch norm uses the batch). Default true. */
  get training(): boolean {
    return guard(`${this.constructor.name}.training`, () => this.#training)
  }

  /**
   * Computes the result of the module.
   *
   * @param inputs - tensors, and what the layer takes beside them
   * @returns a tensor, or named fields with tensors
   */
  abstract forward(...inputs: never[]): unknown

  /**
   * Switches the module and all modules under it to training mode.
   *
   * @param mode - false for evaluation mode. Default true
   * @returns the module
   *
   * @example
   * ```ts
   * import { Dropout } from '@chainrule/layers'
   * console.log(new Dropout(0.5).train(false).training) // false
   * ```
   */
  train(mode = true): this {
    for (const module of this.modules()) module.#training = mode
    return this
  }

  /**
   * Switches the module and all modules under it to evaluation mode.
   *
   * @returns the module
   *
   * @example
   * ```ts
   * import { Dropout } from '@chainrule/layers'
   * import { tensor } from '@chainrule/tensor'
   * console.log(String(new Dropout(0.5).eval().forward(tensor([1, 2])))) // tensor([1, 2], float32)
   * ```
   */
  eval(): this {
    return this.train(false)
  }

  /**
   * The modules held directly, with their names.
   *
   * @returns pairs of name and module
   */
  namedChildren(): readonly (readonly [name: string, module: Module])[] {
    return heldModules(this)
  }

  /**
   * The modules held directly.
   *
   * @returns the modules, in order
   */
  children(): readonly Module[] {
    return this.namedChildren().map(([, module]) => module)
  }

  /**
   * The module itself (named '') and all modules under it, each once, a module before those it holds.
   *
   * @returns pairs of name and module
   *
   * @example
   * ```ts
   * import { Linear, ReLU, Sequential } from '@chainrule/layers'
   * const model = new Sequential(new Linear(2, 3), new ReLU())
   * console.log(model.namedModules().map(([name]) => name)) // ['', '0', '1']
   * ```
   */
  namedModules(): readonly (readonly [name: string, module: Module])[] {
    const found = new Map<Module, string>()
    for (const { path, held } of visits(this)) if (isModule(held) && !found.has(held)) found.set(held, path)
    return [...found].map(([module, name]) => [name, module])
  }

  /**
   * The module itself and all modules under it, each once.
   *
   * @returns the modules
   */
  modules(): readonly Module[] {
    return this.namedModules().map(([, module]) => module)
  }

  /**
   * All parameters with their names in the state dict, each once.
   *
   * @returns pairs of name and parameter
   *
   * @example
   * ```ts
   * import { Linear } from '@chainrule/layers'
   * console.log(new Linear(2, 3).namedParameters().map(([name, { shape }]) => [name, shape]))
   * // [['weight', [3, 2]], ['bias', [3]]]
   * ```
   */
  namedParameters(): readonly (readonly [name: string, parameter: Parameter])[] {
    const found = new Map<Parameter, string>()
    for (const { name, variable } of namedSlots(this)) {
      if (variable instanceof Parameter && !found.has(variable)) found.set(variable, name)
    }
    return [...found].map(([parameter, name]) => [name, parameter])
  }

  /**
   * All parameters, each once: what an optimizer is given.
   *
   * @returns the parameters, in the order of the state dict
   *
   * @example
   * ```ts
   * import { Linear } from '@chainrule/layers'
   * console.log(new Linear(2, 3).parameters().length) // 2
   * ```
   */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter)
  }

  /**
   * All buffers (variables that collect no gradient, such as running statistics) with their names, each once.
   *
   * @returns pairs of name and variable
   */
  namedBuffers(): readonly (readonly [name: string, buffer: Variable])[] {
    const found = new Map<Variable, string>()
    for (const { name, variable } of namedSlots(this)) {
      if (!(variable instanceof Parameter) && !found.has(variable)) found.set(variable, name)
    }
    return [...found].map(([buffer, name]) => [name, buffer])
  }

  /**
   * All buffers, each once.
   *
   * @returns the variables
   */
  buffers(): Variable[] {
    return this.namedBuffers().map(([, buffer]) => buffer)
  }

  /** Forgets all gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = undefined
  }

  /**
   * The values of all parameters and buffers now, by PyTorch's names: handles that later steps do not change.
   *
   * @returns tensors by name
   *
   * @example
   * ```ts
   * import { Linear } from '@chainrule/layers'
   * const layer = new Linear(2, 2)
   * const before = layer.stateDict()
   * layer.weight.assign(layer.weight.mul(2))
   * layer.loadStateDict(before) // as it was
   * ```
   */
  stateDict(): Record<string, Tensor> {
    return takeStateDict(this)
  }

  /**
   * Gives all parameters and buffers the values of a state dict. Everything is checked before anything is written.
   *
   * @param dict - tensors by name, of the shapes and dtypes of the module's own; on any CPU device
   * @param options - `strict` (default true): every name must be on both sides
   * @returns names that only one side has: `missing`, `unexpected`
   * @throws StateDictError that lists every entry that is missing, too many, or of another shape or dtype
   *
   * @example
   * ```ts
   * import { Linear } from '@chainrule/layers'
   * import { tensor } from '@chainrule/tensor'
   * const layer = new Linear(2, 1)
   * layer.loadStateDict({ weight: tensor([[1, 2]]), bias: tensor([3]) })
   * console.log(String(layer.forward(tensor([1, 1])))) // tensor([6], float32)
   * ```
   */
  loadStateDict(dict: StateDict, { strict = true }: LoadStateDictOptions = {}): LoadedState {
    return putStateDict(this, dict, strict, this.constructor.name)
  }

  /**
   * Moves the module to a device, or converts its floating parameters and buffers to a dtype. Moving keeps the parameter
   * objects; converting makes new ones, so make optimizers after it. Compiled functions that used the old ones are captured anew.
   *
   * @param target - name of a device (`'wasm'`, `'webgpu'`, `'reference'`) or a floating dtype
   * @returns the module
   * @throws DTypeError for other names; DeviceError when the values lie on a device that computes asynchronously
   *
   * @example
   * ```ts
   * import { Linear } from '@chainrule/layers'
   * console.log(new Linear(2, 3).to('float64').weight.dtype) // 'float64'
   * ```
   */
  to(target: DType | (string & {})): this {
    moveOrConvert(this, target)
    return this
  }

  /**
   * A table of the layers with the shapes they give and their numbers of parameters. Nothing is computed and no state changes.
   *
   * @param inputShape - the shape of the input, with the batch; or a list of shapes, one for each input
   * @param options - `dtype` of the inputs
   * @returns the table, as text
   *
   * @example
   * ```ts
   * import { Linear, ReLU, Sequential } from '@chainrule/layers'
   * console.log(new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 2)).summary([32, 4]))
   * // Layer         Output     Parameters
   * // Sequential    [32, 2]            58
   * //   0: Linear   [32, 8]            40
   * //   1: ReLU     [32, 8]             0
   * //   2: Linear   [32, 2]            18
   * // 58 parameters (232 bytes), 58 of them trained
   * ```
   */
  summary(inputShape: readonly number[] | readonly (readonly number[])[], options: SummaryOptions = {}): string {
    return summarize(this, inputShape, options)
  }
}
