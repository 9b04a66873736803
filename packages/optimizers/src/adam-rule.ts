import { type Expression, scalarOps } from '@chainrule/tensor'
import type { AdamOptions } from './adam.js'
import { atLeastZero, decayRates, flag, learningRate } from './option-table.js'
import type { UpdateRule } from './update-rule.js'

const { add, div, maximum, mul, neg, sqrt, sub } = scalarOps

type Choices = Readonly<Record<'maximize' | 'decay' | 'decoupled' | 'amsgrad', boolean>>
type Numbers =
  'decay' | 'shrink' | 'firstKept' | 'firstNew' | 'secondKept' | 'secondNew' | 'correction' | 'stepSize' | 'eps'

/**
 * The update of Adam (penalty in the gradient) and AdamW (`decoupled`: weights shrink beside it). The order of operations is
 * PyTorch's.
 *
 * @param name - name of the optimizer
 * @param decoupled - whether weight decay acts on the weights themselves
 * @param weightDecay - its default
 * @returns the rule
 */
export const adamRule = (
  name: string,
  decoupled: boolean,
  weightDecay: number,
): UpdateRule<Required<AdamOptions>, Choices, Numbers> => ({
  name,
  options: {
    lr: learningRate(1e-3),
    betas: decayRates('betas', [0.9, 0.999]),
    eps: atLeastZero('eps', 1e-8),
    weightDecay: atLeastZero('weight_decay', weightDecay),
    amsgrad: flag('amsgrad'),
    maximize: flag('maximize'),
  },
  flags: (settings) => ({
    maximize: settings.maximize,
    decay: settings.weightDecay !== 0,
    decoupled,
    amsgrad: settings.amsgrad,
  }),
  state: ({ amsgrad }) => ['exp_avg', 'exp_avg_sq', ...(amsgrad ? ['max_exp_avg_sq'] : [])],
  savesStep: true,
  numbers: {
    decay: (settings) => settings.weightDecay,
    shrink: (settings, _step, lr) => 1 - lr * settings.weightDecay,
    firstKept: ({ betas: [beta] }) => beta,
    firstNew: ({ betas: [beta] }) => 1 - beta,
    secondKept: ({ betas: [, beta] }) => beta,
    secondNew: ({ betas: [, beta] }) => 1 - beta,
    correction: ({ betas: [, beta] }, step) => Math.sqrt(1 - beta ** step),
    stepSize: ({ betas: [beta] }, step, lr) => lr / (1 - beta ** step),
    eps: ({ eps }) => eps,
  },
  formula: ({ parameter, gradient, state, number }, flags) => {
    let weight: Expression = parameter
    let slope: Expression = flags.maximize ? neg(gradient) : gradient
    if (flags.decay && flags.decoupled) weight = mul(weight, number('shrink'))
    if (flags.decay && !flags.decoupled) slope = add(slope, mul(number('decay'), parameter))
    const mean = add(mul(state('exp_avg'), number('firstKept')), mul(number('firstNew'), slope))
    const square = add(mul(state('exp_avg_sq'), number('secondKept')), mul(mul(number('secondNew'), slope), slope))
    const largest = flags.amsgrad ? maximum(state('max_exp_avg_sq'), square) : square
    const scale = add(div(sqrt(largest), number('correction')), number('eps'))
    return {
      parameter: sub(weight, div(mul(number('stepSize'), mean), scale)),
      state: { exp_avg: mean, exp_avg_sq: square, ...(flags.amsgrad && { max_exp_avg_sq: largest }) },
    }
  },
})
