import { type Cell, cell, full, guard, type Tensor, Variable, withoutCapture } from '@chainrule/tensor'
import type { Parameter } from '@chainrule/autograd'

/** What an optimizer remembers of one parameter: how many steps it took, and tensors of the parameter's shape. */
export class ParameterState {
  readonly parameter: Parameter
  /** Steps taken. */
  readonly steps: Cell = cell(0)
  readonly #tensors = new Map<string, Variable>()

  /** @param parameter - the parameter */
  constructor(parameter: Parameter) {
    this.parameter = parameter
  }

  /** The state tensor of a name, if there is one. */
  get(name: string): Variable | undefined {
    return this.#tensors.get(name)
  }

  /** The state tensor of a name, made now where there is none: the only place where optimizer state begins. */
  ensure(name: string, initial: number): Variable {
    const state = this.#ensure(name, initial)
    // A loaded state may have other tensors, or none: a program that writes to this one would go on with what was thrown away.
    guard(`state ${name}`, () => this.#tensors.get(name))
    return state
  }

  #ensure(name: string, initial: number): Variable {
    const known = this.#tensors.get(name)
    const { shape, dtype, device } = this.parameter
    if (known !== undefined) {
      // The parameter may have moved to another device; its state follows, which is no part of a captured step.
      if (known.device !== device) withoutCapture(() => known.assign(known.to(device)))
      return known
    }
    const made = new Variable(full(shape, initial, { dtype, device }))
    this.#tensors.set(name, made)
    return made
  }

  /** Puts other state tensors in the place of all. */
  replaceAll(tensors: ReadonlyMap<string, Tensor>): void {
    for (const [name, value] of tensors) {
      const known = this.#tensors.get(name)
      if (known === undefined) this.#tensors.set(name, new Variable(value))
      else known.assign(value)
    }
    for (const name of this.#tensors.keys()) if (!tensors.has(name)) this.#tensors.delete(name)
  }
}
