import {
  BatchNorm2d,
  Conv2d,
  type Module,
  GELU,
  GRU,
  LayerNorm,
  Linear,
  LSTM,
  randn,
  type Tensor,
  TransformerEncoderLayer,
} from 'chainrule'

/** A layer in float64, and an input for it. */
export interface CheckedSubject {
  readonly module: Module
  readonly input: Tensor
}

const subject = (module: Module, inputShape: readonly number[]): CheckedSubject => ({
  module: module.to('float64'),
  input: randn([...inputShape], { dtype: 'float64' }),
})

/** Layers that are small enough for differences in every direction. */
export const checkedModules: Readonly<Record<string, () => CheckedSubject>> = {
  Linear: () => subject(new Linear(3, 4), [5, 3]),
  GELU: () => subject(new GELU(), [3, 4]),
  Conv2d: () => subject(new Conv2d(2, 3, 3, { padding: 1, stride: 2 }), [2, 2, 5, 5]),
  BatchNorm2d: () => subject(new BatchNorm2d(2), [3, 2, 2, 2]),
  LayerNorm: () => subject(new LayerNorm(4), [3, 4]),
  LSTM: () => subject(new LSTM(3, 4, { batchFirst: true }), [2, 3, 3]),
  GRU: () => subject(new GRU(3, 4, { batchFirst: true }), [2, 3, 3]),
  TransformerEncoderLayer: () =>
    subject(new TransformerEncoderLayer(4, 2, { dimFeedforward: 6, dropout: 0, batchFirst: true }), [2, 3, 4]),
}
