import {
  ArgumentError,
  type CreationOptions,
  type DType,
  type Generator,
  scope,
  type Tensor,
  Variable,
  withoutGradients,
} from '@chainrule/tensor'

/** Options of initializers that draw random numbers. */
export interface RandomInitializerOptions extends CreationOptions {
  /** The stream to draw from. Default the one that `manualSeed` seeds. */
  readonly generator?: Generator
}

/** What an initializer fills: a variable, which is assigned, or a shape, of which a tensor is made. */
export type InitializerTarget = Variable | readonly number[]

/** What an initializer returns: the variable itself, or the new tensor. */
export type Initialized<Target extends InitializerTarget> = Target extends Variable ? Target : Tensor

/** What the values are made for. */
export interface Fill {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly device?: string
}

/** The shape of what an initializer fills. */
export const shapeOf = (name: string, target: InitializerTarget): readonly number[] => {
  if (target instanceof Variable) return target.shape
  if (Array.isArray(target)) return target as readonly number[]
  throw new ArgumentError(
    `${name}: got ${typeof target}, expected a parameter to assign, or a shape such as [3, 2] to make a tensor of.`,
  )
}

/** Makes values for a target, without recording gradients; assigns a variable and returns it, else returns the values. */
export const fill = <Target extends InitializerTarget>(
  name: string,
  target: Target,
  { dtype = 'float32', device }: CreationOptions,
  make: (fill: Fill) => Tensor,
): Initialized<Target> =>
  withoutGradients(() => {
    if (target instanceof Variable) {
      const variable: Variable = target
      scope(() => {
        variable.assign(make({ shape: variable.shape, dtype: variable.dtype, device: variable.device }))
      })
      return target as Initialized<Target>
    }
    const shape = shapeOf(name, target)
    return scope(() => make({ shape, dtype, ...(device !== undefined && { device }) })) as Initialized<Target>
  })
