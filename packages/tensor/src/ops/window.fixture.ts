/** Where output `o` of a window reads with tap `k`; outside 0 … size − 1 there is padding. */
export const tapOf = (o: number, k: number, { stride, padding, dilation }: Sliding): number =>
  o * stride - padding + k * dilation

/** How a window slides along one axis. */
export interface Sliding {
  readonly kernel: number
  readonly stride: number
  readonly padding: number
  readonly dilation: number
}

/** How often a window fits. */
export const lengthOf = (size: number, { kernel, stride, padding, dilation }: Sliding): number =>
  Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1
