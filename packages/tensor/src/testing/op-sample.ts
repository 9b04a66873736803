import type { Tensor } from '../tensor.js'
import type { SampleInput } from './sample-input.js'
import type { ToleranceClass } from './tolerance.js'

/** What an op is stated to give at kinks, ties, NaN and extremes. */
export interface Expectation {
  /** Elements of each output, row-major. */
  readonly outputs: readonly (readonly number[])[]
  /**
   * Elements of the gradient of each input, of the sum of all floating outputs (each times `seed` where given);
   * undefined for an input without a stated gradient.
   */
  readonly gradients?: readonly (readonly number[] | undefined)[]
  /** Gradient of the first output that `gradients` starts from; all ones when left out. */
  readonly seed?: readonly number[]
}

/**
 * One use of one op. The samples drive every op on every device: values against the reference device, and gradients
 * against float64 central differences (`smooth`) or against what is stated (`convention`).
 */
export interface OpSample {
  /** Public name of the op. */
  readonly op: string
  /** Unique among all samples; begins with the op. */
  readonly name: string
  /** `smooth`: differentiable around the inputs. `convention`: kinks, ties, NaN, extremes, with stated values. */
  readonly kind: 'smooth' | 'convention'
  /** What the op is given. */
  readonly inputs: readonly SampleInput[]
  /** Positions of the inputs that have gradients. */
  readonly differentiable: readonly number[]
  /** The stated values, of convention samples. */
  readonly expected?: Expectation
  /** How far a device may be from the reference device. */
  readonly tolerance: ToleranceClass
  /** Whether it holds as well with float64 in place of float32. */
  readonly float64: boolean
  /** Whether inputs or results are subnormal, which devices may take for 0. */
  readonly subnormal: boolean
  /** Carries the op out on placed inputs; ops without inputs use the current device. */
  run(...inputs: Tensor[]): Tensor | readonly Tensor[]
}

type Run = (...inputs: Tensor[]) => Tensor | readonly Tensor[]

/** What samples may say beside the usual. */
export interface SampleOptions {
  /** Default: all float inputs of smooth samples; of convention samples those with a stated gradient. */
  readonly differentiable?: readonly number[]
  /** Default `arithmetic`. */
  readonly tolerance?: ToleranceClass
  /** Default true. */
  readonly float64?: boolean
  /** Default false. */
  readonly subnormal?: boolean
}

const floatInputs = (inputs: readonly SampleInput[]): number[] =>
  inputs.flatMap(({ dtype }, place) => (dtype === 'float32' || dtype === 'float64' ? [place] : []))

const complete = (
  sample: Pick<OpSample, 'op' | 'name' | 'kind' | 'inputs' | 'run'>,
  { tolerance = 'arithmetic', float64 = true, subnormal = false }: SampleOptions,
): Omit<OpSample, 'differentiable'> => ({
  ...sample,
  name: `${sample.op}: ${sample.name}`,
  tolerance,
  float64: float64 && sample.inputs.some(({ dtype }) => dtype === 'float32'),
  subnormal,
})

/**
 * A sample at inputs around which the op is differentiable.
 *
 * @param op - public name of the op
 * @param name - what is special about the sample
 * @param inputs - what the op is given
 * @param run - carries the op out
 * @param options - gradients and tolerance where they are not the usual
 * @returns the sample
 */
export const smooth = (
  op: string,
  name: string,
  inputs: readonly SampleInput[],
  run: Run,
  options: SampleOptions = {},
): OpSample => ({
  ...complete({ op, name, kind: 'smooth', inputs, run }, options),
  differentiable: options.differentiable ?? floatInputs(inputs),
})

/**
 * A sample with stated values.
 *
 * @param op - public name of the op
 * @param name - what is stated
 * @param inputs - what the op is given
 * @param run - carries the op out
 * @param expected - the statement; a list of numbers for a single output without gradients
 * @param options - gradients and tolerance where they are not the usual
 * @returns the sample
 */
export const convention = (
  op: string,
  name: string,
  inputs: readonly SampleInput[],
  run: Run,
  expected: Expectation | readonly number[],
  options: SampleOptions = {},
): OpSample => {
  const stated: Expectation = 'outputs' in expected ? expected : { outputs: [expected] }
  const withGradient = (stated.gradients ?? []).flatMap((gradient, place) => (gradient === undefined ? [] : [place]))
  return {
    ...complete({ op, name, kind: 'convention', inputs, run }, options),
    expected: stated,
    differentiable: options.differentiable ?? withGradient,
  }
}
