"""Every layer but the recurrent and attention layers: see recurrent_layers.py and attention_layers.py."""

import torch
from torch import nn

from attention_layers import attention
from encoding import axis_name, distinct, integers, normal
from layer_case import LayerCases
from recurrent_layers import recurrent


class RMSNorm(nn.Module):
    """PyTorch 1.13 has none; y = weight * x / sqrt(mean(x^2) + eps), as torch.nn.RMSNorm of PyTorch 2.4."""

    def __init__(self, shape, eps=None):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(shape))
        self.eps = eps

    def forward(self, x):
        axes = tuple(range(-self.weight.dim(), 0))
        eps = torch.finfo(x.dtype).eps if self.eps is None else self.eps
        return x / torch.sqrt(x.square().mean(axes, keepdim=True) + eps) * self.weight


def linear(cases):
    cases.add("Linear", "matrix", lambda: nn.Linear(3, 2), [3, 2], lambda: [normal(4, 3)])
    cases.add("Linear", "no-bias", lambda: nn.Linear(3, 2, bias=False), [3, 2, {"bias": False}], lambda: [normal(4, 3)])
    cases.add("Linear", "vector", lambda: nn.Linear(3, 2), [3, 2], lambda: [normal(3)])
    cases.add("Linear", "three-axes", lambda: nn.Linear(3, 2), [3, 2], lambda: [normal(2, 2, 3)])
    two = lambda: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    spec = [
        {"layer": "Linear", "arguments": [3, 4]},
        {"layer": "Tanh", "arguments": []},
        {"layer": "Linear", "arguments": [4, 2]},
    ]
    cases.add("Sequential", "two-linear", two, spec, lambda: [normal(2, 3)])


def convolution(cases):
    plain = lambda: nn.Conv1d(2, 3, 3)
    cases.add("Conv1d", "plain", plain, [2, 3, 3], lambda: [normal(2, 2, 5)])
    every = {"stride": 2, "padding": 2, "dilation": 2, "groups": 2, "bias": False}
    cases.add("Conv1d", "everything", lambda: nn.Conv1d(4, 2, 2, **every), [4, 2, 2, every], lambda: [normal(1, 4, 6)])
    cases.add("Conv2d", "plain", lambda: nn.Conv2d(1, 2, 3), [1, 2, 3], lambda: [normal(2, 1, 4, 4)])
    padded = {"padding": 1, "stride": 2}
    make = lambda: nn.Conv2d(2, 2, 3, **padded)
    cases.add("Conv2d", "padded", make, [2, 2, 3, padded], lambda: [normal(1, 2, 4, 3)])
    make = lambda: nn.Conv2d(2, 4, (2, 3), stride=(1, 2), padding=(1, 0), dilation=(2, 1), groups=2, bias=False)
    every = {"stride": [1, 2], "padding": [1, 0], "dilation": [2, 1], "groups": 2, "bias": False}
    cases.add("Conv2d", "everything", make, [2, 4, [2, 3], every], lambda: [normal(1, 2, 4, 5)])


def pooling(cases):
    image = lambda: [distinct(1, 2, 4, 4)]
    cases.add("MaxPool2d", "plain", lambda: nn.MaxPool2d(2), [2], image)
    options = {"stride": 1, "padding": 1}
    cases.add("MaxPool2d", "padded", lambda: nn.MaxPool2d(3, **options), [3, options], image)
    cases.add("AvgPool2d", "plain", lambda: nn.AvgPool2d(2), [2], image)
    make = lambda: nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)
    uncounted = {"stride": 2, "padding": 1, "countIncludePad": False}
    cases.add("AvgPool2d", "padding-not-counted", make, [3, uncounted], image)
    cases.add("Flatten", "default", lambda: nn.Flatten(), [], lambda: [normal(2, 2, 3)])


def embedding(cases):
    ids = lambda: [integers(0, 5, 2, 3)]
    cases.add("Embedding", "plain", lambda: nn.Embedding(5, 3), [5, 3], ids)
    padded = lambda: nn.Embedding(4, 2, padding_idx=1)
    with_padding = lambda: [torch.tensor([[1, 0, 3], [2, 1, 1]])]
    cases.add("Embedding", "padding-index", padded, [4, 2, {"paddingIdx": 1}], with_padding)


def normalization(cases):
    rows = lambda: [normal(3, 4)]
    cases.add("LayerNorm", "vector", lambda: nn.LayerNorm(4), [4], rows)
    cases.add("LayerNorm", "list", lambda: nn.LayerNorm([2, 3]), [[2, 3]], lambda: [normal(2, 2, 3)])
    make = lambda: nn.LayerNorm(4, eps=0.1, elementwise_affine=False)
    cases.add("LayerNorm", "not-affine", make, [4, {"eps": 0.1, "elementwiseAffine": False}], rows)
    cases.add("RMSNorm", "default", lambda: RMSNorm([4]), [4], rows)
    cases.add("RMSNorm", "eps", lambda: RMSNorm([4], 0.01), [4, {"eps": 0.01}], rows)
    cases.add("RMSNorm", "list", lambda: RMSNorm([2, 3], 1e-5), [[2, 3], {"eps": 1e-5}], lambda: [normal(2, 2, 3)])
    cases.add("GroupNorm", "two-groups", lambda: nn.GroupNorm(2, 4), [2, 4], lambda: [normal(2, 4, 2, 2)])
    cases.add("GroupNorm", "one-group", lambda: nn.GroupNorm(1, 2), [1, 2], lambda: [normal(2, 2, 3)])
    make = lambda: nn.GroupNorm(2, 2, eps=0.01, affine=False)
    cases.add("GroupNorm", "channel-each", make, [2, 2, {"eps": 0.01, "affine": False}], lambda: [normal(2, 2, 3)])

    for training in (True, False):
        mode = "train" if training else "eval"
        add = lambda layer, name, make, arguments, inputs: cases.add(
            layer, f"{name}-{mode}", make, arguments, inputs, training=training
        )
        add("BatchNorm1d", "rows", lambda: nn.BatchNorm1d(3), [3], lambda: [normal(4, 3)])
        add("BatchNorm1d", "sequence", lambda: nn.BatchNorm1d(2), [2], lambda: [normal(2, 2, 3)])
        options = {"eps": 0.01, "momentum": 0.3}
        add("BatchNorm1d", "options", lambda: nn.BatchNorm1d(3, **options), [3, options], lambda: [normal(4, 3)])
        add("BatchNorm2d", "image", lambda: nn.BatchNorm2d(2), [2], lambda: [normal(2, 2, 2, 3)])
        make = lambda: nn.BatchNorm2d(2, affine=False)
        add("BatchNorm2d", "not-affine", make, [2, {"affine": False}], lambda: [normal(2, 2, 2, 2)])
        make = lambda: nn.BatchNorm2d(2, track_running_stats=False)
        add("BatchNorm2d", "no-statistics", make, [2, {"trackRunningStats": False}], lambda: [normal(2, 2, 2, 2)])


def activation(cases):
    values = lambda: [distinct(2, 4) * 2]
    cases.add("ReLU", "default", lambda: nn.ReLU(), [], values)
    cases.add("LeakyReLU", "default", lambda: nn.LeakyReLU(), [], values)
    cases.add("LeakyReLU", "slope", lambda: nn.LeakyReLU(0.1), [0.1], values)
    cases.add("ELU", "default", lambda: nn.ELU(), [], values)
    cases.add("ELU", "alpha", lambda: nn.ELU(0.7), [0.7], values)
    cases.add("GELU", "default", lambda: nn.GELU(), [], values)
    cases.add("GELU", "tanh", lambda: nn.GELU(approximate="tanh"), [{"approximate": "tanh"}], values)
    cases.add("SiLU", "default", lambda: nn.SiLU(), [], values)
    cases.add("Tanh", "default", lambda: nn.Tanh(), [], values)
    cases.add("Sigmoid", "default", lambda: nn.Sigmoid(), [], values)
    for axis in (1, -1, 0):
        cases.add("Softmax", axis_name(axis), lambda: nn.Softmax(axis), [axis], values)
        cases.add("LogSoftmax", axis_name(axis), lambda: nn.LogSoftmax(axis), [axis], values)
    cases.add("Dropout", "zero", lambda: nn.Dropout(0.0), [0], values)
    cases.add("Dropout", "eval", lambda: nn.Dropout(0.5), [0.5], values, training=False)


def layers():
    cases = LayerCases()
    for part in (linear, convolution, pooling, embedding, normalization, activation, recurrent, attention):
        part(cases)
    return cases.cases
