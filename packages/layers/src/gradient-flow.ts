import { noGrad, type Parameter } from '@chainrule/autograd'
import { all, equal, GradientError, logicalAnd, mean, norm, scope, stack, Tensor } from '@chainrule/tensor'
import { ReLU } from './activations/relu.js'
import { Conv1d } from './convolution/conv1d.js'
import { Conv2d } from './convolution/conv2d.js'
import { Linear } from './linear.js'
import { inEvaluation } from './module/in-evaluation.js'
import { ownParameters } from './module/members.js'
import type { Module } from './module/module.js'
import { watchForward } from './module/watch-forward.js'

/** Options of `gradientFlow`. */
export interface GradientFlowOptions {
  /** Inputs of `forward` with which to look for ReLU units that are zero for every sample. Default: ReLUs are left out. */
  readonly input?: Tensor | readonly Tensor[]
}

/** How gradients reach one layer. */
export interface LayerFlow {
  /** The layer's name, as in the state dict; '' for the module itself. */
  readonly name: string
  /** Kind of layer. */
  readonly layer: string
  /** Euclidean norm of the gradients of its own parameters; undefined where there is none. */
  readonly gradientNorm: number | undefined
  /** Euclidean norm of its own parameters. */
  readonly weightNorm: number | undefined
  /**
   * Share of dead units. Linear and convolution layers: units (rows of the weight) that no gradient reached, since what follows
   * them was flat for every sample. ReLU: outputs that were zero for every sample, where `input` was given.
   */
  readonly deadShare: number | undefined
}

/** 1 where the gradients of a unit's weights and bias are all zero. */
const deadUnits = (weight: Tensor, bias: Tensor | undefined): Tensor => {
  const axes = weight.shape.map((_, axis) => axis).slice(1)
  const flat = all(equal(weight, 0), axes)
  return bias === undefined ? flat : logicalAnd(flat, equal(bias, 0))
}

const hasUnits = (module: Module): module is Linear | Conv1d | Conv2d =>
  module instanceof Linear || module instanceof Conv1d || module instanceof Conv2d

const share = (flags: Tensor): Tensor => mean(flags.to('float32'))

const lengthOf = (norms: readonly number[]): number => Math.hypot(...norms)

/** Numbers of scalars on one device, in one read. */
const readScalars = async (make: () => readonly Tensor[]): Promise<readonly number[]> => {
  const scalars = scope(() => noGrad(() => stack(make())))
  try {
    return [...(await scalars.data())]
  } finally {
    scalars.dispose()
  }
}

const flowOf = async (name: string, module: Module, parameters: readonly Parameter[]): Promise<LayerFlow> => {
  const gradients = parameters.flatMap(({ grad }) => grad ?? [])
  const weightGradient = hasUnits(module) ? module.weight.grad : undefined
  const numbers = await readScalars(() => [
    ...parameters.map((parameter) => norm(parameter)),
    ...gradients.map((gradient) => norm(gradient)),
    ...(weightGradient === undefined || !hasUnits(module)
      ? []
      : [share(deadUnits(weightGradient, module.bias?.grad)).to(weightGradient.dtype)]),
  ])
  const found = numbers.slice(parameters.length, parameters.length + gradients.length)
  return {
    name,
    layer: module.constructor.name,
    gradientNorm: found.length === 0 ? undefined : lengthOf(found),
    weightNorm: lengthOf(numbers.slice(0, parameters.length)),
    deadShare: numbers[parameters.length + gradients.length],
  }
}

/** The share of outputs of each ReLU that are zero for every sample. */
const deadOutputs = async (root: Module, inputs: readonly Tensor[]): Promise<ReadonlyMap<Module, number>> => {
  const found = new Map<Module, Tensor>()
  const note = (module: Module, result: unknown): void => {
    if (!(module instanceof ReLU) || !(result instanceof Tensor)) return
    const isZero = equal(result, 0)
    found.set(module, share(result.rank > 1 ? all(isZero, 0) : isZero))
  }
  const shares = scope(() => {
    noGrad(() => {
      inEvaluation(root, () => {
        watchForward(root, note, () => (root.forward as (...inputs: readonly Tensor[]) => unknown)(...inputs))
      })
    })
    return [...found.values()]
  })
  const numbers = new Map<Module, number>()
  for (const [place, module] of [...found.keys()].entries()) {
    const scalar = shares[place]
    if (scalar !== undefined) numbers.set(module, await scalar.item())
    scalar?.dispose()
  }
  return numbers
}

/**
 * How gradients flow through a module after `backward`: for each layer with parameters the norm of its gradients and weights and
 * the share of its units that no gradient reached. Norms that shrink or grow from layer to layer show vanishing and exploding
 * gradients; a large dead share shows dying ReLUs.
 *
 * @param module - the module, after `backward`
 * @param options - `input`: run the module on it, in evaluation mode, and report ReLUs whose outputs are all zero too
 * @returns one entry a layer, in the order of the modules: made for `console.table`
 * @throws GradientError when no parameter has a gradient and no input is given
 *
 * @example
 * ```ts
 * import { gradientFlow, Linear, ReLU, Sequential } from '@chainrule/layers'
 * import { ones } from '@chainrule/tensor'
 * const model = new Sequential(new Linear(3, 4), new ReLU(), new Linear(4, 1))
 * model.forward(ones([8, 3])).mean().backward()
 * console.table(await gradientFlow(model, { input: ones([8, 3]) }))
 * ```
 */
export const gradientFlow = async (
  module: Module,
  { input }: GradientFlowOptions = {},
): Promise<readonly LayerFlow[]> => {
  if (input === undefined && module.parameters().every(({ grad }) => grad === undefined)) {
    throw new GradientError(
      `gradientFlow: got a ${module.constructor.name} without gradients, expected one after backward. ` +
        'Call loss.backward() first, and zeroGrad() after.',
    )
  }
  const inputs = input === undefined ? [] : input instanceof Tensor ? [input] : input
  const dead = input === undefined ? new Map<Module, number>() : await deadOutputs(module, inputs)
  const flows: LayerFlow[] = []
  for (const [name, each] of module.namedModules()) {
    const parameters = ownParameters(each)
    const deadShare = dead.get(each)
    if (parameters.length > 0) flows.push(await flowOf(name, each, parameters))
    else if (deadShare !== undefined) {
      const layer = each.constructor.name
      flows.push({ name, layer, gradientNorm: undefined, weightNorm: undefined, deadShare })
    }
  }
  return flows
}
