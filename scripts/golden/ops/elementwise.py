"""Elementwise ops: unary on chosen points, binary with every kind of broadcasting, comparisons, kinks and ties."""

import math

import torch
from torch.nn import functional

from encoding import distinct, flags, normal, points, uniform
from function_case import X, Y, Z, FunctionCases

INFINITY = math.inf
NAN = math.nan

REAL = points(-3.5, -1.7, -0.6, -0.05, 0.3, 1.0, 2.2, 4.75)
POSITIVE = points(1e-3, 0.04, 0.5, 1.0, 1.3, 2.75, 17.0, 400.0)
INSIDE_ONE = points(-0.97, -0.6, -0.2, 0.01, 0.35, 0.8, 0.995)

# name: (PyTorch's function, points where it is smooth)
UNARY = {
    "neg": (torch.neg, REAL),
    "abs": (torch.abs, REAL),
    "exp": (torch.exp, REAL),
    "expm1": (torch.expm1, points(-3.5, -0.7, -1e-6, 1e-9, 0.02, 1.1, 3.0)),
    "log": (torch.log, POSITIVE),
    "log1p": (torch.log1p, points(-0.9, -0.3, -1e-6, 1e-9, 0.02, 1.1, 30.0)),
    "sqrt": (torch.sqrt, POSITIVE),
    "rsqrt": (torch.rsqrt, POSITIVE),
    "square": (torch.square, REAL),
    "reciprocal": (torch.reciprocal, REAL),
    "sin": (torch.sin, REAL),
    "cos": (torch.cos, REAL),
    "tan": (torch.tan, points(-2.5, -1.2, -0.3, 0.1, 0.9, 1.4, 2.8)),
    "asin": (torch.asin, INSIDE_ONE),
    "acos": (torch.acos, INSIDE_ONE),
    "atan": (torch.atan, REAL),
    "sinh": (torch.sinh, REAL),
    "cosh": (torch.cosh, REAL),
    "tanh": (torch.tanh, REAL),
    "sigmoid": (torch.sigmoid, REAL),
    "softplus": (functional.softplus, REAL),
    "relu": (functional.relu, REAL),
    "silu": (functional.silu, REAL),
    "erf": (torch.erf, REAL),
    "gelu": (functional.gelu, REAL),
    # Piecewise constant: the gradient is zero (a missing gradient says the same).
    "sign": (torch.sign, REAL),
    "floor": (torch.floor, REAL),
    "ceil": (torch.ceil, REAL),
    "round": (torch.round, REAL),
}

BINARY = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
}

COMPARISONS = {
    "equal": torch.eq,
    "notEqual": torch.ne,
    "less": torch.lt,
    "lessEqual": torch.le,
    "greater": torch.gt,
    "greaterEqual": torch.ge,
}

BROADCASTS = {
    "same-shape": ((2, 3), (2, 3)),
    "row": ((2, 3), (3,)),
    "column": ((2, 3), (2, 1)),
    "both": ((2, 1, 3), (4, 1)),
    "scalar-tensor": ((2, 3), ()),
    "size-one": ((1, 1), (2, 1, 2)),
    "size-zero": ((0, 3), (3,)),
}


def smooth_unary(cases):
    for op, (compute, values) in UNARY.items():
        cases.add(op, "points", [values], compute, [X])
        cases.add(op, "points", [values], compute, [X], dtype=torch.float32)
    for slope in (0.01, 0.2):
        cases.add("leakyRelu", f"slope-{slope}", [REAL], lambda x: functional.leaky_relu(x, slope), [X, slope])
    cases.add("leakyRelu", "default", [REAL], functional.leaky_relu, [X])
    cases.add("elu", "default", [REAL], functional.elu, [X])
    cases.add("elu", "alpha-0.7", [REAL], lambda x: functional.elu(x, 0.7), [X, 0.7])
    tanh_gelu = lambda x: functional.gelu(x, approximate="tanh")
    cases.add("gelu", "tanh", [REAL], tanh_gelu, [X, {"approximate": "tanh"}])
    cases.add("gelu", "tanh", [REAL], tanh_gelu, [X, {"approximate": "tanh"}], dtype=torch.float32)
    for name, low, high in (("both", -1.0, 1.5), ("above-only", -INFINITY, 0.5), ("below-only", 0.5, INFINITY)):
        cases.add("clamp", name, [REAL], lambda x: torch.clamp(x, low, high), [X, low, high])


def unary_kinks(cases):
    around_zero = points(-1.0, -0.0, 0.0, 1.0)
    for op in ("abs", "relu", "sign"):
        cases.add(op, "kink", [around_zero], UNARY[op][0], [X])
    cases.add("leakyRelu", "kink", [around_zero], lambda x: functional.leaky_relu(x, 0.1), [X, 0.1])
    cases.add("elu", "kink", [around_zero], functional.elu, [X])
    cases.add("elu", "alpha-2-kink", [around_zero], lambda x: functional.elu(x, 2.0), [X, 2.0])
    edges = points(-1.5, -1.0, 0.0, 1.0, 1.5)
    cases.add("clamp", "edges-kink", [edges], lambda x: torch.clamp(x, -1.0, 1.0), [X, -1.0, 1.0])
    halves = points(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.0)
    for op in ("floor", "ceil", "round"):
        cases.add(op, "halves-kink", [halves], UNARY[op][0], [X])
    for op in ("sqrt", "rsqrt", "log", "reciprocal"):
        cases.add(op, "zero-kink", [points(0.0, 1.0)], UNARY[op][0], [X])
    for op in ("asin", "acos"):
        cases.add(op, "ends-kink", [points(-1.0, 1.0)], UNARY[op][0], [X])
    for op in ("exp", "tanh", "sigmoid", "softplus", "silu", "gelu", "erf"):
        cases.add(op, "far", [points(-700.0, -40.0, -19.0, 19.0, 40.0, 700.0)], UNARY[op][0], [X])
    for op in ("neg", "abs", "exp", "log", "sqrt", "tanh", "sigmoid", "relu", "softplus", "sign", "floor"):
        cases.add(op, "not-finite-kink", [points(NAN, INFINITY, -INFINITY)], UNARY[op][0], [X])


def binary(cases):
    for op, compute in BINARY.items():
        for name, (left, right) in BROADCASTS.items():
            away_from_zero = op == "div"

            def operands():
                a = distinct(*left) if left else points(0.21).reshape(())
                b = distinct(*right) if right else points(-0.37).reshape(())
                # Three decimals on the left, a fourth on the right: no ties.
                b = b + 0.0625
                return [a, torch.sign(b) * (b.abs() + 0.5) if away_from_zero else b]

            cases.add(op, name, operands, compute, [X, Y])
        cases.add(op, "same-shape", lambda: [normal(2, 3), normal(2, 3) + 3.5], compute, [X, Y], dtype=torch.float32)
        if op not in ("maximum", "minimum"):
            cases.add(op, "number", lambda: [normal(2, 2)], lambda x: compute(x, 2.5), [X, 2.5])
            cases.add(op, "itself", lambda: [normal(3) + 3.0], lambda x: compute(x, x), [X, X])
    for op in ("maximum", "minimum"):
        compute = BINARY[op]
        cases.add(op, "ties-kink", [points(1, 2, 3, -1), points(1, 5, 3, -2)], compute, [X, Y])
        row, column = points(1, 2, 1).reshape(1, 3), points(1, 2).reshape(2, 1)
        cases.add(op, "ties-broadcast-kink", [row, column], compute, [X, Y])
        cases.add(op, "nan-kink", [points(NAN, 1, NAN), points(1, NAN, NAN)], compute, [X, Y])
    cases.add("div", "by-zero-kink", [points(1, -1), points(0, 0)], torch.div, [X, Y])


def power(cases):
    positive = lambda: [uniform(0.2, 3.0, 2, 3), normal(2, 3)]
    cases.add("pow", "tensor-exponent", positive, torch.pow, [X, Y])
    cases.add("pow", "tensor-exponent", positive, torch.pow, [X, Y], dtype=torch.float32)
    cases.add("pow", "broadcast", lambda: [uniform(0.2, 3.0, 2, 1), normal(3)], torch.pow, [X, Y])
    for exponent in (0, 1, 2, 3, -1, -2):
        cases.add("pow", f"number-{exponent}", [REAL], lambda x: torch.pow(x, exponent), [X, exponent])
    for exponent in (0.5, -0.5, 1.7):
        cases.add("pow", f"number-{exponent}", [POSITIVE], lambda x: torch.pow(x, exponent), [X, exponent])
    for exponent in (0, 1, 2, 0.5):
        compute = lambda x: torch.pow(x, exponent)
        cases.add("pow", f"zero-base-number-{exponent}-kink", [points(0.0, 1.0)], compute, [X, exponent])
    cases.add("pow", "zero-base-kink", [points(0, 0, 0, 0), points(0, 1, 2, 0.5)], torch.pow, [X, Y])
    whole = torch.tensor([3.0, 2.0, -1.0], dtype=torch.float64)
    cases.add("pow", "negative-base", [points(-2, -0.5, -3), whole], torch.pow, [X, Y], fixed=(1,))


def choices(cases):
    condition = flags(True, False, True, False, False, True).reshape(2, 3)
    cases.add("where", "same-shape", lambda: [condition, normal(2, 3), normal(2, 3)], torch.where, [X, Y, Z])
    cases.add("where", "broadcast", lambda: [condition, normal(3), normal(2, 1)], torch.where, [X, Y, Z])
    row = flags(True, False, True)
    cases.add("where", "broadcast-condition", lambda: [row, normal(2, 1), normal(2, 3)], torch.where, [X, Y, Z])
    zero = torch.zeros((), dtype=torch.float64)
    cases.add("where", "number", lambda: [condition, normal(2, 3)], lambda c, a: torch.where(c, a, zero), [X, Y, 0])
    # The gradient of the branch not taken is zero, even where that branch is not finite.
    unsafe = lambda c, a, b: torch.where(c, a, b)
    cases.add("where", "not-finite", [flags(True, False), points(1, NAN), points(INFINITY, 2)], unsafe, [X, Y, Z])


def logic(cases):
    for op, compute in COMPARISONS.items():
        cases.add(op, "ties", [points(1, 2, 3, NAN), points(1, 3, 2, NAN)], compute, [X, Y])
        cases.add(op, "broadcast", [points(1, 2, 3), points(1, 2).reshape(2, 1)], compute, [X, Y])
        cases.add(op, "number", [points(1, 2, 3)], lambda x: compute(x, 2), [X, 2])
    left = flags(True, True, False, False)
    right = flags(True, False, True, False)
    cases.add("logicalAnd", "truth-table", [left, right], torch.logical_and, [X, Y])
    cases.add("logicalOr", "truth-table", [left, right], torch.logical_or, [X, Y])
    cases.add("logicalNot", "truth-table", [flags(True, False)], torch.logical_not, [X])
    special = points(0, -1, NAN, INFINITY, -INFINITY)
    for op, compute in (("isnan", torch.isnan), ("isinf", torch.isinf), ("isfinite", torch.isfinite)):
        cases.add(op, "special", [special], compute, [X])


def elementwise():
    cases = FunctionCases("op")
    for part in (smooth_unary, unary_kinks, binary, power, choices, logic):
        part(cases)
    return cases.cases
