"""How tensors, arguments and cases are written down as JSON, and where random numbers come from."""

import json
import math
import zlib
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]

DTYPE_NAMES = {
    torch.float64: "float64",
    torch.float32: "float32",
    # The library's indices are int32; PyTorch wants int64. The values are the same.
    torch.int64: "int32",
    torch.int32: "int32",
    torch.bool: "bool",
}


class Placeholder:
    """Stands in an argument list for the tensor of that place in the case's inputs."""

    def __init__(self, kind, place):
        self.kind = kind
        self.place = place


def Input(place):
    return Placeholder("input", place)


def Output(place):
    return Placeholder("output", place)


def number(value):
    """A JSON number; JSON has none for the three that are not finite, so these are strings."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def tensor(value):
    """{data, shape, dtype}; the shortest decimal that reads back as the same float64 (or float32)."""
    value = value.detach().contiguous()
    flat = value.reshape(-1)
    if value.dtype == torch.float32:
        data = [number(float(str(entry))) for entry in flat.numpy().astype(np.float32)]
    else:
        data = [number(entry) for entry in flat.tolist()]
    return {"data": data, "shape": list(value.shape), "dtype": DTYPE_NAMES[value.dtype]}


def optional_tensor(value):
    return None if value is None else tensor(value)


def tensors(named):
    return {name: tensor(value) for name, value in named.items()}


def argument(value):
    """A JavaScript argument: placeholders become {"input": 0}, infinities {"number": "Infinity"}."""
    if isinstance(value, Placeholder):
        return {value.kind: value.place}
    if isinstance(value, dict):
        return {key: argument(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [argument(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": number(value)}
    return value


def axis_name(axis):
    return "axis-last" if axis == -1 else f"axis-{axis}"


def seed(name):
    """One seed a case, made from its name: a case added or moved leaves the others as they were."""
    torch.manual_seed(zlib.crc32(name.encode()))


def rounded(value, digits=3):
    """The nearest float to a short decimal: the files stay small and people can read the inputs."""
    scale = 10**digits
    return torch.tensor(
        [round(entry * scale) / scale for entry in value.to(torch.float64).reshape(-1).tolist()], dtype=torch.float64
    ).reshape(value.shape)


def normal(*shape, scale=1.0, digits=3):
    return rounded(torch.randn(shape, dtype=torch.float64) * scale, digits)


def uniform(low, high, *shape):
    return rounded(torch.rand(shape, dtype=torch.float64) * (high - low) + low)


def distinct(*shape):
    """Values that lie at least 0.1 apart, shuffled: no ties, and no order that a small step could change."""
    size = math.prod(shape)
    places = torch.randperm(size).to(torch.float64)
    return rounded(((places - size / 2) * 0.15 + 0.04 + torch.rand(size, dtype=torch.float64) * 0.04).reshape(shape))


def integers(low, high, *shape):
    return torch.randint(low, high, shape)


def points(*values):
    return torch.tensor(values, dtype=torch.float64)


def flags(*values):
    return torch.tensor(values, dtype=torch.bool)


def as_text(cases):
    """One case a line, so that a changed case is one changed line."""
    lines = [json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases]
    return "[\n" + ",\n".join(lines) + "\n]\n"
