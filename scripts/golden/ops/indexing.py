"""Gather, scatter, sort, top-k and embedding."""

import torch
from torch.nn import functional

from encoding import Output, axis_name, distinct, integers, normal
from function_case import X, Y, Z, FunctionCases

VALUES_AND_INDICES = {"values": Output(0), "indices": Output(1)}


def gathers(cases):
    for axis, shape in ((0, (2, 4)), (1, (3, 2)), (-1, (3, 5))):
        make = lambda: [normal(3, 4), integers(0, 3 if axis == 0 else 4, *shape)]
        cases.add("gather", axis_name(axis), make, lambda x, i: torch.gather(x, axis, i), [X, axis, Y])
    smaller = lambda: [normal(3, 4), integers(0, 3, 1, 2)]
    cases.add("gather", "smaller-index", smaller, lambda x, i: torch.gather(x, 0, i), [X, 0, Y])
    repeated = torch.tensor([[1, 1, 1], [0, 0, 1]])
    cases.add("gather", "repeated", lambda: [normal(2, 2), repeated], lambda x, i: torch.gather(x, 1, i), [X, 1, Y])

    for axis in (0, 1, -1):
        make = lambda: [normal(3, 3, 2), torch.tensor([1, 0, 1, 1])]
        cases.add("indexSelect", axis_name(axis), make, lambda x, i: torch.index_select(x, axis, i), [X, axis, Y])
    nothing = lambda: [normal(3, 2), torch.zeros(0, dtype=torch.int64)]
    cases.add("indexSelect", "empty", nothing, lambda x, i: torch.index_select(x, 0, i), [X, 0, Y])

    for axis, shape in ((0, (2, 3)), (1, (3, 2)), (-1, (3, 4))):
        make = lambda: [normal(3, 3), integers(0, 3, *shape), normal(*shape)]
        compute = lambda x, i, source: x.scatter_add(axis, i, source)
        cases.add("scatterAdd", axis_name(axis), make, compute, [X, axis, Y, Z])
    same = lambda: [normal(3), torch.tensor([1, 1, 1, 0]), normal(4)]
    cases.add("scatterAdd", "repeated", same, lambda x, i, source: x.scatter_add(0, i, source), [X, 0, Y, Z])

    for axis in (0, 1, -1):
        make = lambda: [normal(3, 4), integers(0, 3, 2, 4) if axis == 0 else integers(0, 4, 3, 2)]
        cases.add("takeAlongAxis", axis_name(axis), make, lambda x, i: torch.take_along_dim(x, i, axis), [X, Y, axis])


def orders(cases):
    for name, options in {
        "default": {},
        "smallest": {"largest": False},
        "axis-0": {"axis": 0},
        "axis-0-smallest": {"axis": 0, "largest": False, "sorted": True},
    }.items():
        compute = lambda x: tuple(torch.topk(x, 2, options.get("axis", -1), options.get("largest", True)))
        arguments = [X, 2, options] if options else [X, 2]
        cases.add("topK", name, lambda: [distinct(3, 4)], compute, arguments, VALUES_AND_INDICES)
    for name, options in {
        "default": {},
        "descending": {"descending": True},
        "axis-0": {"axis": 0},
        "axis-0-descending": {"axis": 0, "descending": True},
    }.items():
        axis = options.get("axis", -1)
        descending = options.get("descending", False)
        arguments = [X, options] if options else [X]
        in_order = lambda x: tuple(torch.sort(x, axis, descending))
        cases.add("sort", name, lambda: [distinct(3, 4)], in_order, arguments, VALUES_AND_INDICES)
        places = lambda x: torch.argsort(x, axis, descending)
        cases.add("argsort", name, lambda: [distinct(3, 4)], places, arguments)
    tied = torch.tensor([[2.0, 1.0, 2.0, 1.0], [3.0, 3.0, 3.0, 0.0]], dtype=torch.float64)
    for descending in (False, True):
        # Equal values keep their order, so that the places and the gradient are stated.
        stable = lambda x: tuple(torch.sort(x, stable=True, dim=-1, descending=descending))
        name = "descending-ties-kink" if descending else "ties-kink"
        cases.add("sort", name, [tied], stable, [X, {"descending": descending}], VALUES_AND_INDICES)


def embeddings(cases):
    rows = lambda ids, weight: functional.embedding(ids, weight)
    cases.add("embedding", "vector", lambda: [torch.tensor([2, 0, 2, 4]), normal(5, 3)], rows, [X, Y])
    cases.add("embedding", "matrix", lambda: [integers(0, 5, 2, 3), normal(5, 2)], rows, [X, Y])
    cases.add("embedding", "matrix", lambda: [integers(0, 5, 2, 3), normal(5, 2)], rows, [X, Y], dtype=torch.float32)


def indexing():
    cases = FunctionCases("op")
    for part in (gathers, orders, embeddings):
        part(cases)
    return cases.cases
