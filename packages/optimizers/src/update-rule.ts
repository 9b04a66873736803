import type { Expression, Tensor } from '@chainrule/tensor'
import type { Parameter } from '@chainrule/autograd'
import type { LearningRate } from './learning-rate.js'
import type { OptionTable } from './option-table.js'

/** Options that every optimizer has. */
export interface CommonSettings {
  /** The learning rate. */
  readonly lr: LearningRate
}

/**
 * A number of a formula, computed on the host in float64 at each step. `step` counts from 1, `lr` is the rate now.
 * Written as a method's type, so that every optimizer is a `GradientOptimizer`.
 */
export type HostNumber<Settings> = {
  /** Gives the number. */
  compute(settings: Settings, step: number, lr: number): number
}['compute']

/** Named choices that decide a formula. */
export type Flags = Readonly<Record<string, boolean>>

/** What a formula is written over: the elements of one place of a parameter. */
export interface Terms<Numbers extends string = string> {
  readonly parameter: Expression
  readonly gradient: Expression
  /** The element of a state tensor. */
  readonly state: (name: string) => Expression
  /** A number of the host, in the dtype of the parameter. */
  readonly number: (name: Numbers) => Expression
}

/** What a formula gives: the new elements. */
export interface Update {
  readonly parameter: Expression
  readonly state: Readonly<Record<string, Expression>>
}

/**
 * How an optimizer moves one parameter, as one elementwise expression with several results, so that one kernel does it.
 * What decides the expression is in the flags; what may change from step to step is a number of the host.
 */
export interface UpdateRule<
  Settings extends CommonSettings,
  Choices extends Flags = Flags,
  Numbers extends string = string,
> {
  /** Name of the optimizer. */
  readonly name: string
  /** Its options, with PyTorch's names, defaults and domains. */
  readonly options: OptionTable<Settings>
  /** Options beside these, which state dicts leave out. */
  readonly unsaved?: readonly string[]
  /** What is wrong with options that are each in their domain; nothing if undefined. */
  conflict?(settings: Settings): string | undefined
  /** What decides the formula. */
  flags(settings: Settings): Choices
  /** PyTorch's names of the state tensors. */
  state(flags: Choices): readonly string[]
  /** What the state tensors start with. Default 0. */
  initial?(settings: Settings): number
  /** Whether PyTorch's state dict holds the step count. */
  readonly savesStep: boolean
  /** Takes the gradient's place before the formula. */
  replaceGradient?(gradient: Tensor, parameter: Parameter, settings: Settings): Tensor
  /** Numbers of the formula. */
  readonly numbers: Readonly<Record<Numbers, HostNumber<Settings>>>
  /** The new parameter and state. */
  formula(terms: Terms<Numbers>, flags: Choices): Update
}
