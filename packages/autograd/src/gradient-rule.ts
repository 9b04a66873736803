import type { OpAttributes, OpEventOf, OpName, Tensor, Value } from '@chainrule/tensor'

/** Inputs and outputs of the forward op that a gradient reads, by place. */
export interface Residuals {
  readonly inputs?: readonly number[]
  readonly outputs?: readonly number[] | 'all'
}

/** Gradients of the inputs of a function of ops from those of its results, by running it and walking it back. */
export type PullBack = (
  run: (inputs: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
  needs: readonly boolean[],
  gradients: readonly (Tensor | undefined)[],
) => readonly (Tensor | undefined)[]

/** Tangents of the results of a function of ops from those of its inputs, by running it. */
export type PushForward = (
  run: (inputs: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
  tangents: readonly (Tensor | undefined)[],
) => readonly (Tensor | undefined)[]

/** What a gradient rule is given. */
export interface GradientContext<Name extends OpName> {
  readonly attributes: OpAttributes[Name]
  /** Shapes and dtypes of the inputs. */
  readonly inputs: readonly Pick<Value, 'shape' | 'dtype'>[]
  /** Shapes and dtypes of the outputs. */
  readonly outputs: readonly Pick<Value, 'shape' | 'dtype'>[]
  /** Which inputs need a gradient. */
  readonly needs: readonly boolean[]
  /** A saved input. */
  readonly input: (place: number) => Tensor
  /** A saved output. */
  readonly output: (place: number) => Tensor
  /** For ops that are functions of other ops. */
  readonly pullBack: PullBack
}

/** How gradients go back through one kind of op (vector–Jacobian product), written with ops. */
export interface GradientRule<Name extends OpName> {
  /** What to keep from the forward pass; nothing when left out. */
  saves?(attributes: OpAttributes[Name], needs: readonly boolean[]): Residuals
  /** Gradients of the inputs from those of the outputs; undefined is zero. */
  vjp(context: GradientContext<Name>, gradients: readonly (Tensor | undefined)[]): readonly (Tensor | undefined)[]
}

/** How tangents go forward through one kind of op (Jacobian–vector product); undefined is zero. */
export type TangentRule<Name extends OpName> = (
  event: OpEventOf<Name>,
  tangents: readonly (Tensor | undefined)[],
  pushForward: PushForward,
) => readonly (Tensor | undefined)[]
