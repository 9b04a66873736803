import { reshape, type Tensor } from '@chainrule/tensor'

/** One number a channel, shaped to broadcast along axis 1 of a tensor of some rank. */
export function alongChannels(statistic: Tensor, rank: number): Tensor
export function alongChannels(statistic: Tensor | undefined, rank: number): Tensor | undefined
export function alongChannels(statistic: Tensor | undefined, rank: number): Tensor | undefined {
  return statistic && reshape(statistic, [1, -1, ...new Array<number>(rank - 2).fill(1)])
}
