import { type DType, type Tensor, tensor } from '@chainrule/tensor'
import { Parameter } from '@chainrule/autograd'

/** Two parameters and a loss of them with curvature and coupling, for tests of optimizers. */
export const makeProblem = (
  dtype: DType = 'float64',
): { readonly parameters: readonly [Parameter, Parameter]; readonly loss: () => Tensor } => {
  const first = new Parameter(tensor([0.5, -1.5, 2], { dtype }))
  const second = new Parameter(tensor([[1, 2, 3]], { dtype }))
  const scale = tensor([1, 3, 0.5], { dtype })
  const loss = (): Tensor => first.mul(scale).sub(second).square().sum().add(second.sin().sum())
  return { parameters: [first, second], loss }
}

/** All elements of tensors. */
export const valuesOf = (tensors: readonly Tensor[]): number[][] => tensors.map((each) => [...each.dataSync()])
