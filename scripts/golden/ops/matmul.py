"""Matrix products: every batched and broadcasting form, einsum, outer and dot."""

import torch

from encoding import Input, normal
from function_case import X, Y, FunctionCases

MATMUL_SHAPES = {
    "vector-vector": ((3,), (3,)),
    "vector-matrix": ((3,), (3, 2)),
    "matrix-vector": ((2, 3), (3,)),
    "matrix-matrix": ((2, 3), (3, 4)),
    "one-by-one": ((1, 1), (1, 1)),
    "inner-one": ((3, 1), (1, 2)),
    "inner-zero": ((2, 0), (0, 3)),
    "batch": ((2, 2, 3), (2, 3, 2)),
    "batch-left-only": ((2, 2, 3), (3, 2)),
    "batch-right-only": ((2, 3), (2, 3, 2)),
    "batch-of-one": ((1, 2, 3), (4, 3, 2)),
    "batch-both-ways": ((2, 1, 2, 3), (3, 3, 2)),
    "batch-crossed": ((2, 1, 2, 3), (1, 3, 3, 2)),
    "batch-by-vector": ((2, 2, 3), (3,)),
    "vector-by-batch": ((3,), (2, 3, 2)),
    "batch-zero": ((0, 2, 3), (3, 2)),
}

EINSUM = {
    "matrix-product": ("ij,jk->ik", ((2, 3), (3, 4))),
    "implicit-output": ("ij,jk", ((2, 3), (3, 2))),
    "transposed-output": ("ij,jk->ki", ((2, 3), (3, 2))),
    "transpose": ("ij->ji", ((2, 3),)),
    "sum": ("ij->", ((2, 3),)),
    "column-sum": ("ij->j", ((2, 3),)),
    "trace": ("ii->", ((3, 3),)),
    "diagonal": ("ii->i", ((3, 3),)),
    "outer": ("i,j->ij", ((2,), (3,))),
    "dot": ("i,i->", ((3,), (3,))),
    "elementwise": ("ij,ij->ij", ((2, 3), (2, 3))),
    "batch": ("bij,bjk->bik", ((2, 2, 3), (2, 3, 2))),
    "attention-scores": ("bqhd,bkhd->bhqk", ((1, 2, 2, 3), (1, 3, 2, 3))),
    "bilinear": ("bi,oij,bj->bo", ((2, 3), (2, 3, 2), (2, 2))),
    "ellipsis": ("...ij,...jk->...ik", ((2, 2, 3), (3, 2))),
    "summed-alone": ("ij,k->i", ((2, 3), (2,))),
}


def matmul():
    cases = FunctionCases("op")
    for name, (left, right) in MATMUL_SHAPES.items():
        cases.add("matmul", name, lambda: [normal(*left), normal(*right)], torch.matmul, [X, Y])
    for name in ("matrix-matrix", "batch"):
        left, right = MATMUL_SHAPES[name]
        make = lambda: [normal(*left), normal(*right)]
        cases.add("matmul", name, make, torch.matmul, [X, Y], dtype=torch.float32)
    cases.add("matmul", "itself", lambda: [normal(3, 3)], lambda x: x @ x, [X, X])

    for name, (equation, shapes) in EINSUM.items():
        make = lambda: [normal(*shape) for shape in shapes]
        compute = lambda *operands: torch.einsum(equation, *operands)
        cases.add("einsum", name, make, compute, [equation, *[Input(k) for k in range(len(shapes))]])

    cases.add("outer", "vectors", lambda: [normal(3), normal(4)], torch.outer, [X, Y])
    cases.add("dot", "vectors", lambda: [normal(4), normal(4)], torch.dot, [X, Y])
    cases.add("dot", "itself", lambda: [normal(4)], lambda x: torch.dot(x, x), [X, X])
    return cases.cases
