import { Parameter } from '@chainrule/autograd'
import { scope, type Tensor, Variable } from '@chainrule/tensor'

/** A parameter with the value that a function makes; what the function needed in between is released. */
export const makeParameter = (make: () => Tensor): Parameter => scope(() => new Parameter(make()))

/** A variable with the value that a function makes; what the function needed in between is released. */
export const makeBuffer = (make: () => Tensor): Variable => scope(() => new Variable(make()))
