import { type Tensor, tensor } from '@chainrule/tensor'

const total: Tensor = tensor([1, 2, 3]).sum()
const value = await total.item()
if (value !== 6) throw new Error(`the sum of 1, 2, 3 is 6, not ${value}`)
