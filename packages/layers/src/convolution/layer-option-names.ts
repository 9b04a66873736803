import type { Conv2dOptions, CreationOptions, OptionNames } from '@chainrule/tensor'

/** Options of the layers of convolutions, in PyTorch's order. */
export const layerOptionNames: OptionNames<
  CreationOptions & Omit<Conv2dOptions, 'bias'> & { readonly bias?: boolean }
> = {
  stride: 'place',
  padding: 'place',
  dilation: 'place',
  groups: 'place',
  bias: 'place',
  device: 'place',
  dtype: 'place',
}
