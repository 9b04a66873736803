"""Writes every golden file: /usr/bin/python3 scripts/golden/write.py (PyTorch 1.13.1). See README.md beside it."""

import os
import sys
from functools import partial

# One instruction set and one thread: other choices sum in another order and change last digits.
os.environ["ATEN_CPU_CAPABILITY"] = "default"
os.environ["OPENBLAS_CORETYPE"] = "Haswell"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
sys.dont_write_bytecode = True

import torch

import initializers
import layers
import losses
import networks
import optimizers
import ops.convolution
import ops.elementwise
import ops.indexing
import ops.matmul
import ops.movement
import ops.reduction
import traces
from encoding import ROOT, as_text

torch.set_num_threads(1)
torch.backends.mkldnn.set_flags(False)

OPS = "packages/autograd/src/golden"

FILES = {
    f"{OPS}/elementwise.json": ops.elementwise.elementwise,
    f"{OPS}/reduction.json": ops.reduction.reduction,
    f"{OPS}/matmul.json": ops.matmul.matmul,
    f"{OPS}/movement.json": ops.movement.movement,
    f"{OPS}/indexing.json": ops.indexing.indexing,
    f"{OPS}/convolution.json": ops.convolution.convolution,
    "packages/losses/src/golden/losses.json": losses.losses,
    "packages/layers/src/golden/layers.json": layers.layers,
    "packages/layers/src/golden/initializers.json": initializers.initializers,
    "packages/optimizers/src/golden/optimizers.json": optimizers.optimizers,
    "packages/optimizers/src/golden/clipping.json": optimizers.clipping,
    "packages/optimizers/src/golden/schedules.json": optimizers.schedules,
    **{
        f"packages/umbrella/src/golden/traces-{model}.json": partial(traces.traces, model) for model in traces.MODELS
    },
    **{
        f"packages/umbrella/src/golden/networks-{network}.json": partial(networks.networks, network)
        for network in networks.NETWORKS
    },
}

# The ops of the contract: a golden file without one of them has a hole.
CONTRACT = """
add sub mul div pow neg abs sign exp expm1 log log1p sqrt rsqrt square reciprocal sin cos tan asin acos atan sinh cosh
tanh sigmoid softplus relu leakyRelu elu gelu silu erf floor ceil round clamp maximum minimum where
equal notEqual less lessEqual greater greaterEqual logicalAnd logicalOr logicalNot isnan isinf isfinite
sum mean prod max min variance std argmax argmin logSumExp softmax logSoftmax layerNorm norm cumsum all any
matmul einsum outer dot
reshape flatten transpose permute squeeze unsqueeze broadcastTo slice narrow
select concat stack split chunk pad flip tile
gather indexSelect scatterAdd takeAlongAxis topK sort argsort tril triu maskedFill
conv1d conv2d maxPool2d avgPool2d embedding
crossEntropy nllLoss mseLoss l1Loss smoothL1Loss
huberLoss binaryCrossEntropy binaryCrossEntropyWithLogits klDiv hingeLoss cosineEmbeddingLoss tripletMarginLoss
Sequential Linear Conv1d Conv2d MaxPool2d AvgPool2d Flatten Embedding LayerNorm RMSNorm BatchNorm1d BatchNorm2d
GroupNorm Dropout ReLU LeakyReLU ELU GELU SiLU Tanh Sigmoid Softmax LogSoftmax RNN LSTM GRU
MultiheadAttention TransformerEncoderLayer
SGD Adam AdamW RMSprop Adagrad clipGradNorm clipGradValue
step exponential cosine linearWarmup oneCycle reduceOnPlateau
xavierUniform xavierNormal kaimingUniform kaimingNormal orthogonal
""".split()

SUBJECT_KEYS = ("op", "loss", "layer", "optimizer", "function", "schedule", "initializer")


def main(check_only):
    covered, stale, total = set(), [], 0
    for path, make in FILES.items():
        cases = list(make())
        covered.update(case[key] for case in cases for key in SUBJECT_KEYS if key in case)
        text = as_text(cases)
        total += len(text)
        target = ROOT / path
        if check_only:
            if not target.exists() or target.read_text() != text:
                stale.append(path)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        print(f"{path}: {len(cases)} cases, {len(text) / 1000:.0f} kB")
    print(f"total {total / 1000:.0f} kB")
    missing = [name for name in CONTRACT if name not in covered]
    if missing:
        raise SystemExit(f"no golden case for {' '.join(missing)}")
    if stale:
        raise SystemExit(f"these files differ from what PyTorch {torch.__version__} says: {' '.join(stale)}")


if __name__ == "__main__":
    main("--check" in sys.argv)
