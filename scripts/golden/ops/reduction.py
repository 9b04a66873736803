"""Reductions, softmax, layer norm, norms and scans."""

import math

import torch
from torch.nn import functional

from encoding import Input, axis_name, distinct, flags, normal, points, uniform
from function_case import X, FunctionCases

# name: (axis as JavaScript has it, the axes as PyTorch wants them, keepDims)
AXES = {
    "all": (None, (0, 1, 2), False),
    "axis-0": (0, (0,), False),
    "axis-1-keep": (1, (1,), True),
    "axis-last": (-1, (-1,), False),
    "axes-0-2": ([0, 2], (0, 2), False),
    "axes-0-2-keep": ([0, 2], (0, 2), True),
    "axes-all-keep": ([0, 1, 2], (0, 1, 2), True),
}


def reduce_product(x, axes, keep):
    """PyTorch multiplies along one axis only: the axes are moved to the end and joined."""
    axes = [axis % x.dim() for axis in axes]
    kept = [axis for axis in range(x.dim()) if axis not in axes]
    result = x.permute(*kept, *axes).reshape([x.shape[axis] for axis in kept] + [-1]).prod(-1)
    return result.reshape([1 if axis in axes else x.shape[axis] for axis in range(x.dim())]) if keep else result


REDUCTIONS = {
    "sum": lambda x, axes, keep: x.sum(axes, keepdim=keep),
    "mean": lambda x, axes, keep: x.mean(axes, keepdim=keep),
    "prod": reduce_product,
    "max": lambda x, axes, keep: x.amax(axes, keepdim=keep),
    "min": lambda x, axes, keep: x.amin(axes, keepdim=keep),
    "variance": lambda x, axes, keep: x.var(axes, unbiased=True, keepdim=keep),
    "std": lambda x, axes, keep: x.std(axes, unbiased=True, keepdim=keep),
    "logSumExp": lambda x, axes, keep: torch.logsumexp(x, axes, keepdim=keep),
}


def reduction_arguments(axis, keep, **options):
    """(x), (x, axis), (x, axis, options); a null axis with options stands for all axes."""
    if keep:
        options["keepDims"] = True
    if options:
        return [X, axis, options]
    return [X] if axis is None else [X, axis]


def reductions(cases):
    for op, compute in REDUCTIONS.items():
        for name, (axis, axes, keep) in AXES.items():
            make = lambda: [distinct(2, 3, 4) * 0.5 + (0.01 if op == "prod" else 0)]
            cases.add(op, name, make, lambda x: compute(x, axes, keep), reduction_arguments(axis, keep))
        cases.add(op, "axis-0", lambda: [normal(3, 2)], lambda x: compute(x, (0,), False), [X, 0], dtype=torch.float32)
    for op, compute in {"sum": torch.sum, "mean": torch.mean, "prod": torch.prod, "max": torch.amax}.items():
        cases.add(op, "scalar", [points(1.5).reshape(())], lambda x: compute(x), [X])
    empty = torch.zeros(0, 3, dtype=torch.float64)
    cases.add("sum", "size-zero", [empty], lambda x: x.sum(0), [X, 0])
    cases.add("prod", "size-zero", [empty], lambda x: x.prod(0), [X, 0])


def product_of_zeros(cases):
    rows = torch.tensor([[2.0, 0.0, 3.0], [0.0, 0.0, 5.0], [1.5, -2.0, 4.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    cases.add("prod", "zeros-in-rows", [rows], lambda x: x.prod(1), [X, 1])
    cases.add("prod", "one-zero", [points(2, 0, 3)], lambda x: x.prod(), [X])
    cases.add("prod", "two-zeros", [points(2, 0, 3, 0)], lambda x: x.prod(), [X])


def spread(cases):
    """Variance and standard deviation with both corrections."""
    for op, compute in (("variance", torch.var), ("std", torch.std)):
        for correction in (0, 1):
            for name, (axis, axes, keep) in AXES.items():
                cases.add(
                    op,
                    f"correction-{correction}-{name}",
                    lambda: [normal(2, 3, 4)],
                    lambda x: compute(x, axes, correction=correction, keepdim=keep),
                    reduction_arguments(axis, keep, correction=correction),
                )
    cases.add("std", "constant-kink", [points(2, 2, 2)], torch.std, [X])


def ties(cases):
    rows = torch.tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [0.0, -1.0, -1.0]], dtype=torch.float64)
    for op in ("max", "min"):
        for name, (axis, axes) in {"all": (None, (0, 1)), "axis-0": (0, (0,)), "axis-1": (1, (1,))}.items():
            compute = lambda x: REDUCTIONS[op](x, axes, False)
            cases.add(op, f"ties-{name}-kink", [rows], compute, reduction_arguments(axis, False))
        cases.add(op, "nan-kink", [points(1, math.nan, 3)], lambda x: REDUCTIONS[op](x, (0,), False), [X])
    for op, compute in (("argmax", torch.argmax), ("argmin", torch.argmin)):
        cases.add(op, "all", lambda: [distinct(3, 4)], lambda x: compute(x), [X])
        cases.add(op, "axis-0", lambda: [distinct(3, 4)], lambda x: compute(x, 0), [X, 0])
        keep = lambda x: compute(x, -1, keepdim=True)
        cases.add(op, "axis-last-keep", lambda: [distinct(3, 4)], keep, [X, -1, {"keepDims": True}])
        cases.add(op, "ties-kink", [rows], lambda x: compute(x, 1), [X, 1])
        cases.add(op, "nan-kink", [points(1, math.nan, 3, math.nan)], lambda x: compute(x), [X])


def logic(cases):
    table = flags(True, True, False, True, False, False).reshape(2, 3)
    for op, compute in (("all", torch.all), ("any", torch.any)):
        cases.add(op, "everything", [table], lambda x: compute(x), [X])
        cases.add(op, "axis-0", [table], lambda x: compute(x, 0), [X, 0])
        cases.add(op, "axis-last-keep", [table], lambda x: compute(x, -1, keepdim=True), [X, -1, {"keepDims": True}])


def softmaxes(cases):
    for op, compute in (("softmax", torch.softmax), ("logSoftmax", torch.log_softmax)):
        for axis in (0, 1, -1):
            cases.add(op, axis_name(axis), lambda: [normal(2, 3, 4)], lambda x: compute(x, axis), [X, axis])
        cases.add(op, "vector", lambda: [normal(5)], lambda x: compute(x, -1), [X, -1])
        cases.add(op, "rows", lambda: [normal(3, 4)], lambda x: compute(x, -1), [X, -1], dtype=torch.float32)
        far = points(1000.0, 1001.0, -1000.0, 999.5)
        cases.add(op, "far", [far], lambda x: compute(x, 0), [X, 0])
        masked = points(0.5, -math.inf, 1.5)
        cases.add(op, "masked", [masked], lambda x: compute(x, 0), [X, 0])
    cases.add("logSumExp", "far", [points(1000.0, 1001.0, -1000.0)], lambda x: torch.logsumexp(x, 0), [X, 0])
    cases.add("logSumExp", "masked", [points(0.5, -math.inf, 1.5)], lambda x: torch.logsumexp(x, 0), [X, 0])
    all_masked = points(-math.inf, -math.inf)
    cases.add("logSumExp", "all-masked-kink", [all_masked], lambda x: torch.logsumexp(x, 0), [X, 0])


def layer_norms(cases):
    plain = lambda x: functional.layer_norm(x, [4])
    cases.add("layerNorm", "plain", lambda: [normal(3, 4)], plain, [X, [4]])
    affine = {"weight": Input(1), "bias": Input(2)}
    make = lambda: [normal(3, 4), uniform(0.5, 1.5, 4), normal(4)]
    compute = lambda x, weight, bias: functional.layer_norm(x, [4], weight, bias)
    cases.add("layerNorm", "affine", make, compute, [X, [4], affine])
    cases.add("layerNorm", "affine", make, compute, [X, [4], affine], dtype=torch.float32)
    large_eps = lambda x, weight: functional.layer_norm(x, [4], weight, None, 0.1)
    make_weight = lambda: [normal(3, 4), uniform(0.5, 1.5, 4)]
    cases.add("layerNorm", "weight-only-eps", make_weight, large_eps, [X, [4], {"weight": Input(1), "eps": 0.1}])
    two = lambda x, weight, bias: functional.layer_norm(x, [3, 4], weight, bias)
    make_two = lambda: [normal(2, 3, 4), uniform(0.5, 1.5, 3, 4), normal(3, 4)]
    cases.add("layerNorm", "two-axes", make_two, two, [X, [3, 4], affine])


def norms(cases):
    orders = {"default": None, "1": 1, "2": 2, "3": 3, "infinity": math.inf}
    for name, p in orders.items():
        options = {} if p is None else {"p": p}
        order = 2 if p is None else p
        whole = lambda x: torch.norm(x, order)
        cases.add("norm", f"{name}-all", lambda: [distinct(2, 3)], whole, [X, options] if options else [X])
        along = lambda x: torch.linalg.vector_norm(x, order, 1)
        cases.add("norm", f"{name}-axis-1", lambda: [distinct(2, 3)], along, [X, {**options, "axis": 1}])
        both = lambda x: torch.linalg.vector_norm(x, order, (0, 2), keepdim=True)
        arguments = [X, {**options, "axis": [0, 2], "keepDims": True}]
        cases.add("norm", f"{name}-axes-keep", lambda: [distinct(2, 3, 2)], both, arguments)
    for name, p in (("1", 1), ("2", 2), ("infinity", math.inf)):
        zero = points(0, 0, 0)
        cases.add("norm", f"{name}-zero-kink", [zero], lambda x: torch.linalg.vector_norm(x, p), [X, {"p": p}])
    ties_of_size = points(-3, 3, 1)
    infinity_norm = lambda x: torch.linalg.vector_norm(x, math.inf)
    cases.add("norm", "infinity-ties-kink", [ties_of_size], infinity_norm, [X, {"p": math.inf}])


def scans(cases):
    for axis in (0, 1, -1):
        cases.add("cumsum", axis_name(axis), lambda: [normal(2, 3, 2)], lambda x: torch.cumsum(x, axis), [X, axis])
    cases.add("cumsum", "vector", lambda: [normal(6)], lambda x: torch.cumsum(x, 0), [X, 0], dtype=torch.float32)


def reduction():
    cases = FunctionCases("op")
    for part in (reductions, product_of_zeros, spread, ties, logic, softmaxes, layer_norms, norms, scans):
        part(cases)
    return cases.cases
