"""Ops that move elements: views, slices, joins, splits, padding, triangles."""

import torch
from torch.nn import functional

from encoding import Input, flags, normal
from function_case import X, Y, FunctionCases


def views(cases):
    def add(op, name, shape, compute, arguments):
        cases.add(op, name, lambda: [normal(*shape)], compute, [X, *arguments])

    add("reshape", "split-axis", (2, 6), lambda x: x.reshape(2, 3, 2), [[2, 3, 2]])
    add("reshape", "inferred", (2, 3, 2), lambda x: x.reshape(3, -1), [[3, -1]])
    add("reshape", "to-scalar", (1, 1), lambda x: x.reshape(()), [[]])
    add("flatten", "all", (2, 3, 2), lambda x: x.flatten(), [])
    add("flatten", "from-axis-1", (2, 3, 2), lambda x: x.flatten(1), [1])
    add("transpose", "matrix", (2, 3), lambda x: x.transpose(0, 1), [0, 1])
    add("transpose", "negative-axes", (2, 3, 4), lambda x: x.transpose(-1, 0), [-1, 0])
    add("permute", "rotate", (2, 3, 4), lambda x: x.permute(2, 0, 1), [[2, 0, 1]])
    add("permute", "negative-axes", (2, 3, 4), lambda x: x.permute(0, -1, 1), [[0, -1, 1]])
    add("squeeze", "all", (1, 2, 1), lambda x: x.squeeze(), [])
    add("squeeze", "axis", (1, 2, 1), lambda x: x.squeeze(-1), [-1])
    add("unsqueeze", "front", (2, 3), lambda x: x.unsqueeze(0), [0])
    add("unsqueeze", "back", (2, 3), lambda x: x.unsqueeze(-1), [-1])
    add("broadcastTo", "row", (3,), lambda x: x.broadcast_to(2, 3), [[2, 3]])
    add("broadcastTo", "column", (2, 1), lambda x: x.broadcast_to(4, 2, 3), [[4, 2, 3]])
    add("broadcastTo", "scalar", (), lambda x: x.broadcast_to(2, 2), [[2, 2]])


def pieces(cases):
    def add(op, name, shape, compute, arguments):
        cases.add(op, name, lambda: [normal(*shape)], compute, [X, *arguments])

    add("slice", "box", (3, 4), lambda x: x[1:3, 0:2], [[1, 0], [3, 2]])
    add("slice", "steps", (5, 6), lambda x: x[0:5:2, 1:6:3], [[0, 1], [5, 6], [2, 3]])
    add("slice", "negative-ends", (4, 5), lambda x: x[-3:-1, 1:-1], [[-3, 1], [-1, -1]])
    add("slice", "empty", (3, 2), lambda x: x[1:1, 0:2], [[1, 0], [1, 2]])
    add("narrow", "axis-1", (2, 5), lambda x: x.narrow(1, 1, 3), [1, 1, 3])
    add("narrow", "axis-last", (2, 5), lambda x: x.narrow(-1, 0, 2), [-1, 0, 2])
    add("select", "axis-0", (3, 2), lambda x: x.select(0, 1), [0, 1])
    add("select", "negative", (3, 4), lambda x: x.select(-1, -2), [-1, -2])
    add("split", "even", (4, 2), lambda x: x.split(2, 0), [2, 0])
    add("split", "uneven", (2, 5), lambda x: x.split(2, 1), [2, 1])
    add("split", "sizes", (2, 5), lambda x: x.split([1, 4], -1), [[1, 4], -1])
    add("chunk", "even", (4, 2), lambda x: x.chunk(2, 0), [2, 0])
    add("chunk", "uneven", (2, 5), lambda x: x.chunk(3, 1), [3, 1])
    add("tril", "square", (3, 3), lambda x: x.tril(), [])
    add("tril", "below", (3, 4), lambda x: x.tril(-1), [-1])
    add("triu", "square", (3, 3), lambda x: x.triu(), [])
    add("triu", "above", (2, 3, 4), lambda x: x.triu(1), [1])
    add("flip", "one-axis", (2, 3), lambda x: x.flip([1]), [[1]])
    add("flip", "two-axes", (2, 3, 2), lambda x: x.flip([0, -1]), [[0, -1]])
    add("tile", "matrix", (2, 2), lambda x: x.tile((2, 3)), [[2, 3]])
    add("tile", "more-axes", (3,), lambda x: x.tile((2, 2)), [[2, 2]])
    add("tile", "fewer-repeats", (2, 3), lambda x: x.tile((2,)), [[2]])
    add("pad", "zeros", (2, 3), lambda x: functional.pad(x, (2, 0, 0, 1)), [[[0, 1], [2, 0]]])
    valued = lambda x: functional.pad(x, (1, 1, 1, 0), value=-2.5)
    add("pad", "value", (2, 2), valued, [[[1, 0], [1, 1]], {"value": -2.5}])
    three = lambda x: functional.pad(x, (0, 1, 1, 1, 2, 0))
    add("pad", "three-axes", (1, 2, 2), three, [[[2, 0], [1, 1], [0, 1]]])


def joins(cases):
    pair = [X, Y]
    cases.add("concat", "axis-0", lambda: [normal(1, 3), normal(2, 3)], lambda *x: torch.cat(x, 0), [pair, 0])
    cases.add("concat", "axis-last", lambda: [normal(2, 1), normal(2, 3)], lambda *x: torch.cat(x, -1), [pair, -1])
    three = [Input(0), Input(1), Input(2)]
    make = lambda: [normal(2, 2), normal(2, 0), normal(2, 1)]
    cases.add("concat", "three-one-empty", make, lambda *x: torch.cat(x, 1), [three, 1])
    cases.add("concat", "itself", lambda: [normal(2, 2)], lambda x: torch.cat([x, x], 0), [[X, X], 0])
    cases.add("stack", "axis-0", lambda: [normal(2, 3), normal(2, 3)], lambda *x: torch.stack(x, 0), [pair, 0])
    cases.add("stack", "axis-last", lambda: [normal(2, 3), normal(2, 3)], lambda *x: torch.stack(x, -1), [pair, -1])
    cases.add("stack", "scalars", lambda: [normal(), normal()], lambda *x: torch.stack(x, 0), [pair, 0])


def masks(cases):
    mask = flags(True, False, False, True, False, True).reshape(2, 3)
    filled = lambda x, m: x.masked_fill(m, -3.5)
    cases.add("maskedFill", "same-shape", lambda: [normal(2, 3), mask], filled, [X, Y, -3.5])
    cases.add("maskedFill", "broadcast", lambda: [normal(2, 2, 3), flags(False, True, False)], filled, [X, Y, -3.5])
    hidden = lambda x, m: x.masked_fill(m, float("-inf"))
    cases.add("maskedFill", "minus-infinity", lambda: [normal(2, 3), mask], hidden, [X, Y, float("-inf")])


def movement():
    cases = FunctionCases("op")
    for part in (views, pieces, joins, masks):
        part(cases)
    return cases.cases
