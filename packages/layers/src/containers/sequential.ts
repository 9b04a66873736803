import { ArgumentError, Tensor } from '@chainrule/tensor'
import type { Module } from '../module/module.js'
import { ModuleList } from './module-list.js'

/** A module from one tensor to one tensor. */
export interface TensorModule extends Module {
  /**
   * Computes the result of the module.
   *
   * @param x - a tensor
   * @returns a tensor
   */
  forward(x: Tensor): Tensor
}

/**
 * Modules that run one after the other: each takes what the one before gave.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html
 *
 * @example
 * ```ts
 * import { Linear, ReLU, Sequential } from '@chainrule/layers'
 * import { ones } from '@chainrule/tensor'
 * const model = new Sequential(new Linear(3, 8), new ReLU(), new Linear(8, 2))
 * console.log(model.forward(ones([4, 3])).shape) // [4, 2]
 * ```
 */
export class Sequential extends ModuleList<TensorModule> implements TensorModule {
  /** @param modules - the modules, each from one tensor to one tensor */
  constructor(...modules: readonly TensorModule[]) {
    super(modules)
  }

  /**
   * Runs the modules in order.
   *
   * @param x - input of the first module
   * @returns output of the last module
   * @throws ArgumentError when a module in between gives something other than a tensor
   */
  override forward(x: Tensor): Tensor {
    let value = x
    let place = 0
    for (const module of this) {
      const result: unknown = module.forward(value)
      if (!(result instanceof Tensor)) {
        throw new ArgumentError(
          `Sequential: got ${typeof result} from module ${place} (${module.constructor.name}), expected a tensor. ` +
            'Write a Module of your own that picks what the next one takes.',
        )
      }
      value = result
      place += 1
    }
    return value
  }
}
