"""Convolution and pooling."""

import torch
from torch.nn import functional

from encoding import Input, distinct, normal
from function_case import X, Y, FunctionCases

# name: (input shape, weight shape, with a bias, options)
CONV1D = {
    "plain": ((2, 2, 6), (3, 2, 3), False, {}),
    "bias": ((2, 2, 5), (3, 2, 2), True, {}),
    "stride": ((1, 2, 8), (2, 2, 3), True, {"stride": 2}),
    "padding": ((1, 2, 5), (2, 2, 3), True, {"padding": 2}),
    "dilation": ((1, 2, 8), (2, 2, 3), True, {"dilation": 2}),
    "groups": ((1, 4, 5), (4, 2, 3), True, {"groups": 2}),
    "everything": ((2, 4, 9), (6, 2, 3), True, {"stride": 2, "padding": 1, "dilation": 2, "groups": 2}),
    "kernel-one": ((2, 3, 4), (2, 3, 1), True, {}),
}

CONV2D = {
    "plain": ((2, 2, 4, 5), (3, 2, 3, 2), False, {}),
    "bias": ((2, 1, 4, 4), (2, 1, 2, 2), True, {}),
    "stride": ((1, 2, 6, 5), (2, 2, 3, 3), True, {"stride": 2}),
    "stride-pair": ((1, 1, 6, 6), (2, 1, 2, 3), True, {"stride": [2, 3]}),
    "padding": ((1, 2, 3, 3), (2, 2, 3, 3), True, {"padding": 1}),
    "padding-pair": ((1, 1, 3, 4), (2, 1, 3, 3), True, {"padding": [2, 1]}),
    "dilation": ((1, 1, 6, 5), (2, 1, 3, 2), True, {"dilation": 2}),
    "dilation-pair": ((1, 1, 5, 7), (2, 1, 3, 3), True, {"dilation": [1, 3]}),
    "groups": ((1, 4, 3, 3), (4, 2, 2, 2), True, {"groups": 2}),
    "depthwise": ((1, 3, 4, 4), (3, 1, 3, 3), True, {"groups": 3, "padding": 1}),
    "depthwise-doubled": ((1, 2, 3, 3), (4, 1, 2, 2), True, {"groups": 2}),
    "everything": (
        (2, 4, 7, 6),
        (4, 2, 3, 2),
        True,
        {"stride": [2, 1], "padding": [1, 2], "dilation": [2, 1], "groups": 2},
    ),
    "kernel-one": ((2, 3, 2, 2), (2, 3, 1, 1), True, {}),
    "unreached-border": ((1, 1, 5, 5), (1, 1, 2, 2), True, {"stride": 3}),
}

# name: (input shape, kernel size, options)
MAX_POOL = {
    "plain": ((1, 2, 4, 4), 2, {}),
    "overlapping": ((1, 1, 5, 5), 3, {"stride": 1}),
    "padding": ((1, 1, 5, 5), 3, {"stride": 2, "padding": 1}),
    "pairs": ((1, 1, 6, 7), [2, 3], {"stride": [2, 1], "padding": [0, 1]}),
    "dilation": ((1, 1, 6, 6), 2, {"stride": 1, "dilation": 2}),
    "unreached-border": ((2, 1, 5, 5), 2, {}),
}

AVERAGE_POOL = {
    "plain": ((1, 2, 4, 4), 2, {}),
    "overlapping": ((1, 1, 4, 4), 3, {"stride": 1}),
    "padding": ((1, 1, 5, 5), 3, {"stride": 2, "padding": 1}),
    "padding-not-counted": ((1, 1, 5, 5), 3, {"stride": 2, "padding": 1, "countIncludePad": False}),
    "pairs": ((1, 1, 6, 7), [2, 3], {"stride": [2, 1], "padding": [0, 1]}),
    "unreached-border": ((2, 1, 5, 5), 2, {}),
}


def pair(value):
    return tuple(value) if isinstance(value, list) else value


def convolutions(cases, op, function, table):
    for name, (input_shape, weight_shape, with_bias, options) in table.items():
        settings = {key: pair(value) for key, value in options.items()}

        def make():
            operands = [normal(*input_shape), normal(*weight_shape)]
            return [*operands, normal(weight_shape[0])] if with_bias else operands

        compute = lambda x, weight, bias=None: function(x, weight, bias, **settings)
        javascript = {**({"bias": Input(2)} if with_bias else {}), **options}
        arguments = [X, Y, javascript] if javascript else [X, Y]
        cases.add(op, name, make, compute, arguments)
        if name == "everything":
            cases.add(op, name, make, compute, arguments, dtype=torch.float32)


def pools(cases):
    for name, (shape, kernel_size, options) in MAX_POOL.items():
        settings = {key: pair(value) for key, value in options.items()}
        compute = lambda x: functional.max_pool2d(x, pair(kernel_size), **settings)
        arguments = [X, kernel_size, options] if options else [X, kernel_size]
        cases.add("maxPool2d", name, lambda: [distinct(*shape)], compute, arguments)
    tied = torch.tensor([[1.0, 1.0, 2.0, 0.0], [1.0, 0.0, 2.0, 2.0]], dtype=torch.float64).reshape(1, 1, 2, 4)
    cases.add("maxPool2d", "ties-kink", [tied], lambda x: functional.max_pool2d(x, 2), [X, 2])
    # Padding counts as minus infinity: a window of negative numbers does not pick it.
    negative = lambda: [-distinct(1, 1, 3, 3).abs() - 1]
    padded = lambda x: functional.max_pool2d(x, 2, stride=2, padding=1)
    cases.add("maxPool2d", "padding-of-negatives", negative, padded, [X, 2, {"stride": 2, "padding": 1}])

    for name, (shape, kernel_size, options) in AVERAGE_POOL.items():
        settings = {key: pair(value) for key, value in options.items()}
        if "countIncludePad" in settings:
            settings["count_include_pad"] = settings.pop("countIncludePad")
        compute = lambda x: functional.avg_pool2d(x, pair(kernel_size), **settings)
        arguments = [X, kernel_size, options] if options else [X, kernel_size]
        cases.add("avgPool2d", name, lambda: [normal(*shape)], compute, arguments)


def convolution():
    cases = FunctionCases("op")
    convolutions(cases, "conv1d", functional.conv1d, CONV1D)
    convolutions(cases, "conv2d", functional.conv2d, CONV2D)
    pools(cases)
    return cases.cases
