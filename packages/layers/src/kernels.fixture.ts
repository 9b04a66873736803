import { type OpEvent, withRecorder } from '@chainrule/tensor'

/** Kernels that a function runs; views are none. */
export const kernelsOf = (run: () => unknown): readonly string[] => {
  const seen: string[] = []
  const op = ({ op: kind, attributes }: OpEvent) => {
    if (['map', 'reduce', 'composite', 'random', 'matmul', 'convolution', 'gather', 'concat'].includes(kind)) {
      seen.push('composite' in attributes ? attributes.composite.name : 'name' in attributes ? attributes.name : kind)
    }
  }
  withRecorder({ kind: 'observer', op }, run)
  return seen
}
