import { type CopyKernel, denseStrides, type DType, type View } from '@chainrule/tensor'

/**
 * The kernel that writes the elements of a view row-major from the start of an output.
 *
 * @param view - any view
 * @param dtype - of its elements
 * @returns the kernel
 */
export const denseCopy = (view: View, dtype: DType): CopyKernel => ({
  kind: 'copy',
  structure: { dtype, accumulate: false },
  pieces: [
    {
      input: 0,
      shape: view.shape,
      source: { strides: view.strides, offset: view.offset },
      target: { strides: denseStrides(view.shape), offset: 0 },
    },
  ],
})
