import { Parameter } from '@chainrule/autograd'

const weights: Parameter = new Parameter([1, 2, 3])
weights.mul(weights).sum().backward()
const gradient = await weights.grad?.data()
if (String(gradient) !== '2,4,6') throw new Error(`the gradient of x·x at 1, 2, 3 is 2, 4, 6, not ${String(gradient)}`)
