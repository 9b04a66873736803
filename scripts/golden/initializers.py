"""The distributions of PyTorch's initial values: formulas, each checked here on a large sample before it is written."""

import math

import torch
from torch import nn
from torch.nn import init

from encoding import seed

# A sample of at least this many values says enough about its distribution.
CHECKED_SIZE = 2000


def uniform(bound):
    return {"distribution": "uniform", "low": -bound, "high": bound}


def gaussian(deviation):
    return {"distribution": "normal", "mean": 0, "std": deviation}


def constant(value):
    return {"distribution": "constant", "value": value}


def check(name, sample, expected):
    """Raises where PyTorch's own sample contradicts the stated distribution."""
    sample = sample.detach()
    kind = expected["distribution"]
    if kind == "constant":
        agrees = bool((sample == expected["value"]).all())
    elif kind == "uniform":
        high = expected["high"]
        # All within the bound (float32 rounding aside), and the largest close to it where there are many values.
        agrees = sample.abs().max().item() <= high * (1 + 1e-6)
        if sample.numel() >= CHECKED_SIZE:
            agrees = agrees and sample.abs().max().item() > 0.98 * high
            agrees = agrees and abs(sample.std().item() / (high / math.sqrt(3)) - 1) < 0.05
    else:
        agrees = abs(sample.std().item() / expected["std"] - 1) < 0.1 or sample.numel() < CHECKED_SIZE
    if not agrees:
        raise ValueError(f"{name}: PyTorch's values do not follow {expected}")


def inverse_root(value):
    return 1 / math.sqrt(value)


# layer: (constructor, a small instance's arguments, a large one's, distributions by state-dict name)
def both(fan):
    return lambda *a: {"weight": uniform(inverse_root(fan(*a))), "bias": uniform(inverse_root(fan(*a)))}


def every(names, bound):
    return {name: uniform(bound) for name in names}


def recurrent(layers, directions):
    names = [
        f"{kind}_l{layer}{direction}"
        for layer in range(layers)
        for direction in ("", "_reverse")[:directions]
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ]
    return lambda _, hidden: every(names, inverse_root(hidden))


def attention(size, _heads, prefix=""):
    return {
        # Xavier's bound for the joint matrix of shape [3 * size, size]: fan in `size`, fan out `3 * size`.
        f"{prefix}in_proj_weight": uniform(math.sqrt(6 / (size + 3 * size))),
        f"{prefix}in_proj_bias": constant(0),
        f"{prefix}out_proj.weight": uniform(inverse_root(size)),
        f"{prefix}out_proj.bias": constant(0),
    }


def separate_attention(size, _heads, key, value):
    result = attention(size, 1)
    del result["in_proj_weight"]
    for name, fan_in in (("q", size), ("k", key), ("v", value)):
        result[f"{name}_proj_weight"] = uniform(math.sqrt(6 / (size + fan_in)))
    return result


def encoder(size, heads, feedforward):
    return {
        **attention(size, heads, "self_attn."),
        **every(("linear1.weight", "linear1.bias"), inverse_root(size)),
        **every(("linear2.weight", "linear2.bias"), inverse_root(feedforward)),
        **{f"norm{k}.weight": constant(1) for k in (1, 2)},
        **{f"norm{k}.bias": constant(0) for k in (1, 2)},
    }


normalized = lambda *_: {"weight": constant(1), "bias": constant(0)}
statistics = lambda *_: {
    **normalized(),
    "running_mean": constant(0),
    "running_var": constant(1),
    "num_batches_tracked": constant(0),
}

# (layer, name, PyTorch's constructor, JavaScript's options from the numbers, small numbers, large numbers, formulas)
LAYERS = [
    ("Linear", "plain", nn.Linear, lambda i, o: [i, o], (3, 2), (64, 80), both(lambda i, o: i)),
    ("Conv1d", "plain", nn.Conv1d, lambda i, o, k: [i, o, k], (2, 3, 5), (16, 32, 5), both(lambda i, o, k: i * k)),
    ("Conv2d", "plain", nn.Conv2d, lambda i, o, k: [i, o, k], (2, 4, 3), (8, 32, 3), both(lambda i, o, k: i * k * k)),
    (
        "Conv2d",
        "groups",
        lambda i, o, k, g: nn.Conv2d(i, o, k, groups=g),
        lambda i, o, k, g: [i, o, k, {"groups": g}],
        (4, 6, 3, 2),
        (16, 64, 3, 2),
        both(lambda i, o, k, g: i // g * k * k),
    ),
    ("Embedding", "plain", nn.Embedding, lambda n, d: [n, d], (5, 3), (64, 64), lambda n, d: {"weight": gaussian(1)}),
    ("LayerNorm", "plain", nn.LayerNorm, lambda n: [n], (4,), (40,), normalized),
    ("GroupNorm", "plain", nn.GroupNorm, lambda g, c: [g, c], (2, 4), (4, 40), normalized),
    ("BatchNorm1d", "plain", nn.BatchNorm1d, lambda n: [n], (3,), (30,), statistics),
    ("BatchNorm2d", "plain", nn.BatchNorm2d, lambda n: [n], (3,), (30,), statistics),
    ("RNN", "plain", nn.RNN, lambda i, h: [i, h], (2, 3), (40, 50), recurrent(1, 1)),
    ("GRU", "plain", nn.GRU, lambda i, h: [i, h], (2, 3), (40, 50), recurrent(1, 1)),
    ("LSTM", "plain", nn.LSTM, lambda i, h: [i, h], (2, 3), (40, 50), recurrent(1, 1)),
    (
        "LSTM",
        "two-layers-bidirectional",
        lambda i, h: nn.LSTM(i, h, num_layers=2, bidirectional=True),
        lambda i, h: [i, h, {"numLayers": 2, "bidirectional": True}],
        (2, 3),
        (40, 50),
        recurrent(2, 2),
    ),
    ("MultiheadAttention", "plain", nn.MultiheadAttention, lambda e, h: [e, h], (4, 2), (64, 4), attention),
    (
        "MultiheadAttention",
        "kdim-vdim",
        lambda e, h, k, v: nn.MultiheadAttention(e, h, kdim=k, vdim=v),
        lambda e, h, k, v: [e, h, {"kdim": k, "vdim": v}],
        (4, 2, 3, 2),
        (64, 4, 50, 40),
        separate_attention,
    ),
    (
        "TransformerEncoderLayer",
        "plain",
        lambda e, h, f: nn.TransformerEncoderLayer(e, h, f),
        lambda e, h, f: [e, h, {"dimFeedforward": f}],
        (4, 2, 5),
        (64, 4, 80),
        encoder,
    ),
]


def layer_defaults():
    for layer, name, make, javascript, small, large, formulas in LAYERS:
        seed(f"{layer}-{name}")
        state = make(*large).state_dict()
        stated = formulas(*large)
        if set(stated) != set(state):
            raise ValueError(f"{layer}: {sorted(set(stated) ^ set(state))} are in only one of the two")
        for key, value in state.items():
            check(f"{layer}.{key}", value.float(), stated[key])
        expected = formulas(*small)
        yield {
            "layer": layer,
            "name": f"{layer}-{name}",
            "constructorArguments": javascript(*small),
            "shapes": {key: list(value.shape) for key, value in make(*small).state_dict().items()},
            "state": expected,
        }


# (shape to state, shape to check)
SHAPES = [((3, 5), (70, 90)), ((4, 2, 3), (40, 20, 6)), ((6, 3, 2, 2), (30, 20, 3, 3))]
GAINS = ["linear", "sigmoid", "tanh", "relu", "leaky_relu"]


def fans(shape):
    receptive = math.prod(shape[2:])
    return shape[1] * receptive, shape[0] * receptive


def gain_of(nonlinearity, slope):
    return {"linear": 1, "sigmoid": 1, "tanh": 5 / 3, "relu": math.sqrt(2)}.get(
        nonlinearity, math.sqrt(2 / (1 + slope**2))
    )


def xavier(shape, gain):
    fan_in, fan_out = fans(shape)
    return gain * math.sqrt(2 / (fan_in + fan_out))


def kaiming(shape, options):
    fan_in, fan_out = fans(shape)
    fan = fan_in if options.get("mode", "fanIn") == "fanIn" else fan_out
    nonlinearity = {"leakyRelu": "leaky_relu"}.get(options.get("nonlinearity"), options.get("nonlinearity"))
    return gain_of(nonlinearity or "leaky_relu", options.get("a", 0)) / math.sqrt(fan)


def filled(function, shape, *arguments, **settings):
    seed(f"{function.__name__}-{shape}-{arguments}-{sorted(settings.items())}")
    return function(torch.empty(shape), *arguments, **settings)


def scaled_functions():
    kinds = {"Uniform": (uniform, math.sqrt(3)), "Normal": (gaussian, 1)}
    for shape, large in SHAPES:
        for suffix, (distribution, factor) in kinds.items():
            function = getattr(init, f"xavier_{suffix.lower()}_")
            for gain in (1, 1.5):
                check(f"xavier {large}", filled(function, large, gain), distribution(xavier(large, gain) * factor))
                yield {
                    "initializer": f"xavier{suffix}",
                    "shape": list(shape),
                    "options": {"gain": gain} if gain != 1 else {},
                    "expected": distribution(xavier(shape, gain) * factor),
                }
            function = getattr(init, f"kaiming_{suffix.lower()}_")
            for options in (
                {},
                {"a": 0.2},
                {"a": math.sqrt(5)},
                {"mode": "fanOut"},
                {"nonlinearity": "relu"},
                {"mode": "fanOut", "nonlinearity": "tanh"},
                {"nonlinearity": "linear"},
                {"nonlinearity": "sigmoid"},
                {"nonlinearity": "leakyRelu", "a": 0.1},
            ):
                settings = dict(options)
                if "mode" in settings:
                    settings["mode"] = "fan_out"
                if settings.get("nonlinearity") == "leakyRelu":
                    settings["nonlinearity"] = "leaky_relu"
                expected = distribution(kaiming(large, options) * factor)
                check(f"kaiming {large} {options}", filled(function, large, **settings), expected)
                yield {
                    "initializer": f"kaiming{suffix}",
                    "shape": list(shape),
                    "options": options,
                    "expected": distribution(kaiming(shape, options) * factor),
                }


def orthogonal():
    """With rows = shape[0] and the rest joined: the smaller side is orthonormal, times the gain."""
    for shape in ((3, 3), (2, 5), (5, 2), (4, 2, 3)):
        for gain in (1, 2):
            matrix = filled(init.orthogonal_, shape, gain).reshape(shape[0], -1).double()
            product = matrix @ matrix.t() if matrix.shape[0] <= matrix.shape[1] else matrix.t() @ matrix
            if not torch.allclose(product, torch.eye(len(product), dtype=torch.float64) * gain**2, atol=1e-5):
                raise ValueError(f"orthogonal {shape}: not orthogonal")
            expected = {
                "distribution": "orthogonal",
                "side": "rows" if matrix.shape[0] <= matrix.shape[1] else "columns",
                "gain": gain,
            }
            yield {
                "initializer": "orthogonal",
                "shape": list(shape),
                "options": {"gain": gain} if gain != 1 else {},
                "expected": expected,
            }


def initializers():
    for name in GAINS:
        if not math.isclose(init.calculate_gain(name, 0.3), gain_of(name, 0.3)):
            raise ValueError(f"gain of {name}")
    return [*layer_defaults(), *scaled_functions(), *orthogonal()]
