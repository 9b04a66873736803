import { checkpoint } from '@chainrule/autograd'
import {
  all,
  any,
  arange,
  argmax,
  argsort,
  avgPool2d,
  broadcastTo,
  cell,
  concat,
  conv1d,
  conv2d,
  einsum,
  embedding,
  keptMean,
  layerNorm,
  linear,
  logicalAnd,
  logicalNot,
  logSumExp,
  matmul,
  maxPool2d,
  normalize,
  ones,
  pad,
  prod,
  rand,
  randint,
  rmsNormalize,
  scatterAdd,
  softmax,
  softmaxCrossEntropy,
  sort,
  split,
  stack,
  std,
  takeAlongAxis,
  tensor,
  type Tensor,
  tile,
  topK,
  tril,
  where,
} from '@chainrule/tensor'

const rate = cell(0.75)
const halfRate = cell(() => rate.value / 2)

/** Ops that take tensors of [4, 6] to [4, 6]; numbers choose among operands. */
export type Move = (values: readonly Tensor[], pick: (place: number) => Tensor) => Tensor

export const moves: Readonly<Record<string, Move>> = {
  add: (_, pick) => pick(0).add(pick(1)),
  sub: (_, pick) => pick(0).sub(pick(1)),
  mul: (_, pick) => pick(0).mul(pick(1)),
  scaled: (_, pick) => pick(0).mul(0.5),
  tanh: (_, pick) => pick(0).tanh(),
  exp: (_, pick) => pick(0).clamp(-2, 2).exp(),
  relu: (_, pick) => pick(0).relu(),
  gelu: (_, pick) => pick(0).gelu(),
  choose: (_, pick) => where(pick(0).greater(pick(1)), pick(0), pick(2)),
  rows: (_, pick) => pick(0).sub(pick(1).mean(1, { keepDims: true })),
  columns: (_, pick) => pick(0).add(pick(1).sum(0)),
  whole: (_, pick) => pick(0).mul(pick(1).mean()),
  peak: (_, pick) => pick(0).sub(pick(0).max(1, { keepDims: true })),
  softmax: (_, pick) => softmax(pick(0), 1),
  normalize: (_, pick) => normalize(pick(0), 1).mul(pick(1)),
  logSoftmax: (_, pick) => pick(0).logSoftmax(0),
  transpose: (_, pick) => pick(0).transpose(0, 1).mul(2).transpose(0, 1),
  reshape: (_, pick) =>
    pick(0)
      .reshape([2, 2, 6])
      .mul(pick(1).reshape([2, 2, 6]))
      .reshape([4, 6]),
  regroup: (_, pick) => pick(0).reshape([24]).tanh().reshape([6, 4]).transpose(0, 1),
  flip: (_, pick) => pick(0).flip(1).add(pick(1)),
  slice: (_, pick) => concat([pick(0).narrow(1, 0, 2), pick(1).narrow(1, 2, 4)], 1),
  thirds: (_, pick) => {
    const [a, b, c] = [0, 2, 4].map((start) => pick(0).narrow(1, start, 2)) as [Tensor, Tensor, Tensor]
    return concat([a.mul(b), c.sub(a), b.relu().neg()], 1)
  },
  corners: (_, pick) => pick(0).add(concat([pick(1).narrow(0, 0, 1), pick(1).narrow(0, 3, 1)], 0).sum(0)),
  steps: (_, pick) => {
    const even = pick(0).slice([0, 0], [4, 6], [1, 2])
    return concat([even.mul(pick(0).slice([0, 1], [4, 6], [1, 2])), even], 1)
  },
  stacked: (_, pick) => stack([pick(0).tanh(), pick(1).mul(pick(2)), pick(1).neg()]).sum(0),
  gates: (_, pick) => {
    const gates = matmul(pick(0), pick(1).transpose(0, 1)).chunk(2, 1)
    return concat([(gates[0] as Tensor).sigmoid(), (gates[1] as Tensor).relu(), pick(2).narrow(1, 1, 2)], 1)
  },
  halves: (_, pick) =>
    concat([matmul(pick(0), pick(1).transpose(0, 1)).narrow(1, 0, 3), pick(2).narrow(1, 0, 3).neg()], 1),
  masked: (_, pick) => where(tril(ones([4, 6])).greater(0), pick(0), pick(1)),
  unchanged: (_, pick) =>
    pick(0)
      .mul(ones([4, 6]))
      .div(1)
      .sub(0)
      .neg()
      .neg(),
  positions: (_, pick) => pick(0).add(arange(6).mul(0.1).sin()),
  product: (_, pick) => matmul(pick(0), pick(1).transpose(0, 1)).relu().matmul(pick(2)),
  dense: (_, pick) => pick(0).matmul(pick(1).transpose(0, 1)).add(pick(2).sum(1)).tanh().matmul(pick(0)),
  cumulate: (_, pick) => pick(0).cumsum(1),
  sorted: (_, pick) => sort(pick(0), { axis: 1 }).values,
  rowsByNumber: (_, pick) => embedding(tensor([3, 0, 0, 1], { dtype: 'int32' }), pick(0)),
  window: (_, pick) =>
    maxPool2d(
      conv2d(pick(0).reshape([1, 1, 4, 6]), pick(1).narrow(0, 0, 3).narrow(1, 0, 3).reshape([1, 1, 3, 3]), {
        padding: 1,
      }),
      3,
      {
        stride: 1,
        padding: 1,
      },
    ).reshape([4, 6]),
  // Structural ops with other attributes.
  lowest: (_, pick) => pick(0).sub(pick(1).min(0, { keepDims: true })),
  places: (_, pick) => pick(0).mul(argmax(pick(1), 1, { keepDims: true }).to('float32')),
  lowestPlaces: (_, pick) => pick(1).add(pick(0).argmin(0).to('float32')),
  padded: (_, pick) =>
    pad(
      pick(0).narrow(0, 1, 2),
      [
        [1, 1],
        [0, 0],
      ],
      { value: 0.5 },
    ).mul(pick(1)),
  cropped: (_, pick) =>
    pad(pick(0), [
      [-1, 1],
      [2, -2],
    ]).add(pick(1)),
  scattered: (_, pick) => {
    const rows = tensor([3, 0, 3, 1, 2, 0], { shape: [1, 6], dtype: 'int32' })
    return scatterAdd(pick(0), 0, rows, pick(1).narrow(0, 2, 1))
  },
  ordered: (_, pick) => takeAlongAxis(pick(0), argsort(pick(1), { axis: 1 }), 1),
  largest: (_, pick) => {
    const { values, indices } = topK(pick(0), 3, { axis: 1 })
    return concat([values, indices.to('float32').mul(values)], 1)
  },
  columnsByNumber: (_, pick) => pick(0).indexSelect(1, tensor([5, 5, 0, 2, 1, 4], { dtype: 'int32' })),
  cumulateBack: (_, pick) => pick(0).flip(0).cumsum(0).flip(0),
  average: (_, pick) =>
    avgPool2d(pick(0).reshape([1, 1, 4, 6]), [3, 1], { stride: 1, padding: [1, 0], countIncludePad: false }).reshape([
      4, 6,
    ]),
  channels: (_, pick) =>
    conv1d(pick(0).reshape([1, 4, 6]), pick(1).narrow(1, 0, 3).reshape([4, 1, 3]), { padding: 1, groups: 4 }).reshape([
      4, 6,
    ]),
  strided: (_, pick) =>
    conv2d(pick(0).reshape([1, 1, 4, 6]), pick(1).narrow(1, 0, 2).reshape([2, 1, 2, 2]), { stride: 2 })
      .reshape([1, 12])
      .mul(pick(2).reshape([2, 12]))
      .reshape([4, 6]),
  spread: (_, pick) => broadcastTo(pick(0).sum(1, { keepDims: true }), [4, 6]).mul(pick(1)),
  tiled: (_, pick) => tile(pick(0).narrow(1, 1, 3), [1, 2]).sub(pick(1)),
  copied: (_, pick) => pick(0).transpose(0, 1).reshape([4, 6]),
  contracted: (_, pick) => einsum('ij,kj,kl->il', pick(0), pick(1), pick(2)),
  batched: (_, pick) =>
    matmul(pick(0).reshape([2, 2, 6]), pick(1).reshape([2, 6, 2]))
      .matmul(pick(2).reshape([2, 2, 6]))
      .reshape([4, 6]),
  // Composite ops.
  fully: (_, pick) => linear(pick(0), matmul(pick(1).transpose(0, 1), pick(2)), pick(2).mean(0)).relu(),
  factors: (_, pick) => prod(pick(0).clamp(-1, 1), 1, { keepDims: true }).add(pick(1)),
  level: (_, pick) => pick(0).sub(logSumExp(pick(0), 0)),
  root: (_, pick) => rmsNormalize(pick(0), 1).add(pick(1)),
  deviation: (_, pick) => pick(0).div(std(pick(1), 1, { keepDims: true }).add(1)),
  layer: (_, pick) => layerNorm(pick(0), [6], { weight: pick(1).sum(0), bias: pick(2).mean(0) }),
  batch: (_, pick) => normalize(pick(0), 0).mul(pick(1).narrow(0, 0, 1)),
  classes: (_, pick) => {
    const target = tensor([0, 5, 2, 2], { dtype: 'int32' })
    return pick(0).mul(keptMean(softmaxCrossEntropy(pick(1), target), target, 2))
  },
  parts: (_, pick) => {
    const [a, b, c] = split(pick(0), [1, 2, 3], 1) as [Tensor, Tensor, Tensor]
    return concat([c.mul(a), b, a.neg()], 1)
  },
  again: (_, pick) => checkpoint((a: Tensor, b: Tensor) => a.tanh().mul(b))(pick(0), pick(1)),
  // Numbers that differ from run to run.
  noisy: (_, pick) => pick(0).add(rand([4, 6])),
  dealt: (_, pick) => pick(0).mul(randint(0, 3, [4, 1]).to('float32')),
  rated: (_, pick) => pick(0).mul(rate).add(halfRate),
  // Other dtypes.
  integers: (_, pick) => pick(0).clamp(-9, 9).mul(3).round().to('int32').add(1).mul(2).to('float32').add(pick(1)),
  double: (_, pick) => pick(0).to('float64').mul(0.1).add(pick(1)).to('float32'),
  both: (_, pick) => where(logicalAnd(pick(0).greater(0), logicalNot(pick(1).lessEqual(0.5))), pick(0), pick(2)),
  anyOf: (_, pick) => where(any(pick(0).greater(1), 1, { keepDims: true }), pick(1), pick(0)),
  allOf: (_, pick) => pick(1).maskedFill(all(pick(0).less(0.5), 0), 0.25),
  counted: (_, pick) => pick(0).add(pick(1).greater(0).sum(0).to('float32')),
  held: (_, pick) => pick(0).detach().mul(pick(1)),
  // Elementwise ops with kinks, poles and extremes.
  nearest: (_, pick) => pick(0).floor().add(pick(1).ceil()).minimum(pick(2)).maximum(-50),
  rootOf: (_, pick) => pick(0).abs().add(0.5).sqrt().reciprocal().mul(pick(1).sign()),
  logarithm: (_, pick) => pick(0).square().log1p().sub(pick(1).clamp(-2, 2).expm1()),
  powers: (_, pick) => pick(0).clamp(-3, 3).pow(3).add(pick(1).abs().add(0.1).pow(-0.5)),
  waves: (_, pick) => pick(0).cos().mul(pick(1).sin()).add(pick(2).softplus()),
  units: (_, pick) => pick(0).silu().add(pick(1).elu()).mul(pick(2).leakyRelu(0.2)),
  errors: (_, pick) => pick(0).erf().sub(pick(1).sigmoid()),
}
