export { ELU } from './activations/elu.js'
export { GELU } from './activations/gelu.js'
export { LeakyReLU } from './activations/leaky-relu.js'
export { LogSoftmax } from './activations/log-softmax.js'
export { ReLU } from './activations/relu.js'
export { Sigmoid } from './activations/sigmoid.js'
export { SiLU } from './activations/silu.js'
export { Softmax } from './activations/softmax.js'
export { Tanh } from './activations/tanh.js'
export {
  MultiheadAttention,
  type MultiheadAttentionCallOptions,
  type MultiheadAttentionOptions,
  type MultiheadAttentionResult,
} from './attention/multihead-attention.js'
export {
  type AttentionOptions,
  type AttentionResult,
  scaledDotProductAttention,
} from './attention/scaled-dot-product-attention.js'
export {
  TransformerEncoderLayer,
  type TransformerEncoderLayerCallOptions,
  type TransformerEncoderLayerOptions,
} from './attention/transformer-encoder-layer.js'
export { ModuleList } from './containers/module-list.js'
export { Sequential, type TensorModule } from './containers/sequential.js'
export { Conv1d, type Conv1dLayerOptions } from './convolution/conv1d.js'
export { Conv2d, type Conv2dLayerOptions } from './convolution/conv2d.js'
export { Dropout } from './dropout.js'
export { Embedding, type EmbeddingOptions } from './embedding.js'
export { Flatten, type FlattenOptions } from './flatten.js'
export { gradientFlow, type GradientFlowOptions, type LayerFlow } from './gradient-flow.js'
export * as initializers from './initializers/index.js'
export type {
  Initialized,
  InitializerTarget,
  KaimingOptions,
  Nonlinearity,
  NormalOptions,
  OrthogonalOptions,
  RandomInitializerOptions,
  UniformOptions,
  XavierOptions,
} from './initializers/index.js'
export { Linear, type LinearOptions } from './linear.js'
export { type LoadStateDictOptions, Module } from './module/module.js'
export type { LoadedState, StateDict } from './module/state-dict.js'
export type { SummaryOptions } from './module/summary.js'
export { BatchNorm, BatchNorm1d, BatchNorm2d, type BatchNormOptions } from './normalization/batch-norm.js'
export { GroupNorm, type GroupNormOptions } from './normalization/group-norm.js'
export { LayerNorm, type LayerNormLayerOptions } from './normalization/layer-norm.js'
export { RMSNorm, type RMSNormOptions } from './normalization/rms-norm.js'
export { AvgPool2d } from './pooling/avg-pool2d.js'
export { MaxPool2d } from './pooling/max-pool2d.js'
export { GRU } from './recurrent/gru.js'
export { LSTM, type LSTMResult, type LSTMState } from './recurrent/lstm.js'
export { Recurrent, type RecurrentOptions } from './recurrent/recurrent.js'
export { type RecurrentResult, RNN, type RNNOptions } from './recurrent/rnn.js'
