import { Parameter } from '@chainrule/autograd'
import {
  type DType,
  DTypeError,
  isDeviceName,
  isFloating,
  type Tensor,
  Variable,
  withoutGradients,
} from '@chainrule/tensor'
import { namedSlots } from './state-dict.js'

const gradientOf = (variable: Variable): Tensor | undefined =>
  variable instanceof Parameter && !variable.isGradWithheld ? variable.grad : undefined

/** Moves every variable and gradient to a device; the variables stay the objects they are. */
const move = (root: object, device: string): void => {
  const variables = [...new Set(namedSlots(root).map(({ variable }) => variable))]
  const staged = variables
    .filter((variable) => variable.device !== device)
    .map((variable) => ({
      variable,
      value: new Variable(variable.to(device)),
      gradient: gradientOf(variable)?.to(device),
    }))
  for (const { variable, value, gradient } of staged) {
    variable.assign(value)
    value.dispose()
    if (gradient !== undefined) variable.grad = gradient
  }
}

const converted = (variable: Variable, dtype: string): Variable => {
  const value = variable.to(dtype)
  if (!(variable instanceof Parameter)) return new Variable(value)
  const parameter = new Parameter(value)
  parameter.requiresGrad = variable.requiresGrad
  const gradient = gradientOf(variable)
  if (gradient !== undefined) parameter.grad = gradient.to(dtype)
  return parameter
}

/** Puts variables of another dtype in the place of the floating ones; one that is held twice stays one. */
const convert = (root: object, dtype: string): void => {
  const slots = namedSlots(root).filter(({ variable }) => isFloating(variable.dtype) && variable.dtype !== dtype)
  const made = new Map<Variable, Variable>()
  for (const { variable } of slots) if (!made.has(variable)) made.set(variable, converted(variable, dtype))
  for (const { variable, replace } of slots) replace(made.get(variable) ?? variable)
  for (const variable of made.keys()) variable.noteReplaced()
}

/** Moves a module to a device, or converts its floating state to a floating dtype. */
export const moveOrConvert = (root: object, target: DType | (string & {})): void => {
  withoutGradients(() => {
    if (isDeviceName(target)) {
      move(root, target)
      return
    }
    const dtype = (['float16', 'float32', 'float64'] as const).find((known) => known === target)
    if (dtype === undefined) {
      throw new DTypeError(
        `to: got '${target}', expected a floating dtype (float16, float32, float64) or a device (reference, wasm, webgpu).`,
      )
    }
    convert(root, dtype)
  })
}
