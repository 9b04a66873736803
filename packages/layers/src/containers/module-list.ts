import { ArgumentError } from '@chainrule/tensor'
import { Module } from '../module/module.js'

const isIterable = (value: unknown): boolean => typeof value === 'object' && value !== null && Symbol.iterator in value

const nameOf = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return value instanceof Module ? `a ${value.constructor.name}` : typeof value
}

/**
 * Modules in a list, named by their places: `list.0.weight`. It has no `forward` of its own.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ModuleList.html
 *
 * @example
 * ```ts
 * import { Linear, Module, ModuleList } from '@chainrule/layers'
 * import { ones, type Tensor } from '@chainrule/tensor'
 *
 * class Deep extends Module {
 *   readonly blocks = new ModuleList([new Linear(4, 4), new Linear(4, 4)])
 *
 *   forward(x: Tensor): Tensor {
 *     return [...this.blocks].reduce((y, block) => block.forward(y).tanh(), x)
 *   }
 * }
 * console.log(new Deep().forward(ones([2, 4])).shape) // [2, 4]
 * console.log(new Deep().namedParameters()[0]?.[0]) // 'blocks.0.weight'
 * ```
 */
export class ModuleList<Item extends Module = Module> extends Module implements Iterable<Item> {
  readonly [place: number]: Item

  /** @param modules - the modules. Default none */
  constructor(modules: Iterable<Item> = [], ...extra: never[]) {
    super()
    const given: unknown = modules
    if (!isIterable(given) || extra.length > 0) {
      const { name } = this.constructor
      throw new ArgumentError(
        `${name}: got ${isIterable(given) ? 'more than one argument' : nameOf(given)}, expected one list of modules. ` +
          `Write new ${name}([…]).`,
      )
    }
    this.append(...modules)
  }

  /** How many modules there are. */
  get length(): number {
    return Object.keys(this).length
  }

  /**
   * The module at a place.
   *
   * @param place - from the front, or negative from the end
   * @returns the module, or undefined where there is none
   */
  at(place: number): Item | undefined {
    return [...this].at(place)
  }

  /**
   * Adds modules at the end.
   *
   * @param modules - the modules
   * @returns the list
   * @throws ArgumentError when something else is given
   */
  append(...modules: readonly Item[]): this {
    modules.forEach((module: unknown, place) => {
      if (!(module instanceof Module)) {
        throw new ArgumentError(
          `${this.constructor.name}: got ${nameOf(module)} as module ${place}, expected a module. ` +
            (Array.isArray(module) ? 'Spread a list: ...modules.' : 'Pass instances, such as new ReLU().'),
        )
      }
    })
    let place = this.length
    for (const module of modules) Object.assign(this, { [place++]: module })
    return this
  }

  /** The modules in order. */
  *[Symbol.iterator](): Iterator<Item> {
    yield* Object.values<Item>(this)
  }

  /**
   * Refuses: a list does not say in what order its modules are used.
   *
   * @throws ArgumentError always
   */
  override forward(..._inputs: never[]): unknown {
    throw new ArgumentError(
      'ModuleList: got a call of forward, expected calls of the forward of its modules. Use Sequential to run one after the other.',
    )
  }
}
