"""Every loss, with each reduction and each option: the value and the gradient of its differentiable inputs."""

import warnings

import torch
from torch.nn import functional

from encoding import Input, normal, points, uniform
from function_case import X, Y, Z, FunctionCases

REDUCTIONS = ("mean", "sum", "none")


class LossCases(FunctionCases):
    def each_reduction(self, loss, name, inputs, compute, leading, options=None, reductions=REDUCTIONS, **settings):
        """`compute` takes the inputs and a reduction; `leading` are the positional JavaScript arguments."""
        for reduction in reductions:
            given = dict(options or {})
            # The default is left out, so that the default itself is tested.
            if reduction != "mean":
                given["reduction"] = reduction
            arguments = [*leading, given] if given else list(leading)
            self.add(loss, f"{name}-{reduction}", inputs, lambda *x: compute(*x, reduction), arguments, **settings)


def cross_entropies(cases):
    classes = torch.tensor([2, 0, 1, 2])
    ignored = torch.tensor([2, -100, 1, 0])
    marked = torch.tensor([2, 1, 1, 0])
    logits = lambda: normal(4, 3)
    add = cases.each_reduction

    def entropy(**options):
        return lambda x, target, *rest: functional.cross_entropy(x, target, reduction=rest[-1], **options)

    def weighted(**options):
        return lambda x, target, weight, reduction: functional.cross_entropy(
            x, target, weight, reduction=reduction, **options
        )

    add("crossEntropy", "classes", lambda: [logits(), classes], entropy(), [X, Y])
    add("crossEntropy", "classes", lambda: [logits(), classes], entropy(), [X, Y], dtype=torch.float32)
    add("crossEntropy", "ignored", lambda: [logits(), ignored], entropy(), [X, Y])
    option = {"ignoreIndex": 1}
    add("crossEntropy", "ignore-index-1", lambda: [logits(), marked], entropy(ignore_index=1), [X, Y], option)
    option = {"labelSmoothing": 0.1}
    add("crossEntropy", "smoothing", lambda: [logits(), classes], entropy(label_smoothing=0.1), [X, Y], option)
    add("crossEntropy", "smoothing-ignored", lambda: [logits(), ignored], entropy(label_smoothing=0.1), [X, Y], option)

    make = lambda: [logits(), classes, uniform(0.2, 2.0, 3)]
    make_ignored = lambda: [logits(), ignored, uniform(0.2, 2.0, 3)]
    option = {"weight": Z}
    add("crossEntropy", "weight", make, weighted(), [X, Y], option, fixed=(2,))
    add("crossEntropy", "weight-ignored", make_ignored, weighted(), [X, Y], option, fixed=(2,))
    smooth = {"weight": Z, "labelSmoothing": 0.2}
    add("crossEntropy", "weight-smoothing", make, weighted(label_smoothing=0.2), [X, Y], smooth, fixed=(2,))
    name = "weight-smoothing-ignored"
    add("crossEntropy", name, make_ignored, weighted(label_smoothing=0.2), [X, Y], smooth, fixed=(2,))

    shares = torch.tensor([[0.5, 0.25, 0.25], [1, 0, 0], [0.125, 0.375, 0.5], [0, 0.75, 0.25]], dtype=torch.float64)
    add("crossEntropy", "probabilities", lambda: [logits(), shares], entropy(), [X, Y], fixed=(1,))
    make = lambda: [logits(), shares, uniform(0.2, 2.0, 3)]
    add("crossEntropy", "probabilities-weight", make, weighted(), [X, Y], {"weight": Z}, fixed=(1, 2))
    option = {"labelSmoothing": 0.1}
    compute = entropy(label_smoothing=0.1)
    add("crossEntropy", "probabilities-smoothing", lambda: [logits(), shares], compute, [X, Y], option, fixed=(1,))

    nothing = torch.tensor([-100, -100, -100, -100])
    add("crossEntropy", "all-ignored-kink", lambda: [logits(), nothing], entropy(), [X, Y])

    images = lambda: [normal(2, 3, 2, 2), torch.randint(0, 3, (2, 2, 2))]
    add("crossEntropy", "images", images, entropy(), [X, Y])
    add("crossEntropy", "unbatched", lambda: [normal(3), torch.tensor(1)], entropy(), [X, Y])
    far = torch.tensor([[1000.0, 0.0, -1000.0], [0.0, 500.0, 0.0]], dtype=torch.float64)
    add("crossEntropy", "far", [far, torch.tensor([1, 1])], entropy(), [X, Y])

    def likelihood(**options):
        return lambda x, target, *rest: functional.nll_loss(
            x, target, rest[0] if len(rest) == 2 else None, reduction=rest[-1], **options
        )

    logarithms = lambda: torch.log_softmax(normal(4, 3), -1)
    add("nllLoss", "classes", lambda: [logarithms(), classes], likelihood(), [X, Y])
    add("nllLoss", "ignored", lambda: [logarithms(), ignored], likelihood(), [X, Y])
    make = lambda: [logarithms(), marked, uniform(0.2, 2.0, 3)]
    option = {"weight": Z, "ignoreIndex": 1}
    add("nllLoss", "weight-ignore-index-1", make, likelihood(ignore_index=1), [X, Y], option, fixed=(2,))
    images = lambda: [torch.log_softmax(normal(2, 3, 2), 1), torch.randint(0, 3, (2, 2))]
    add("nllLoss", "sequence", images, likelihood(), [X, Y])


def regressions(cases):
    # Differences of 0.3, -0.3, 1.7, -2.2, 0.05, -0.8: on both sides of every bend used below, on none of them.
    targets = torch.tensor([[0.5, -1.0, 2.0], [0.25, 0.0, -0.75]], dtype=torch.float64)
    differences = torch.tensor([[0.3, -0.3, 1.7], [-2.2, 0.05, -0.8]], dtype=torch.float64)
    operands = [targets + differences, targets]
    for loss, function, options_list in (
        ("mseLoss", functional.mse_loss, ({},)),
        ("l1Loss", functional.l1_loss, ({},)),
        ("smoothL1Loss", functional.smooth_l1_loss, ({}, {"beta": 0.5}, {"beta": 2.0})),
        ("huberLoss", functional.huber_loss, ({}, {"delta": 0.5}, {"delta": 2.0})),
    ):
        for options in options_list:
            compute = lambda x, target, reduction: function(x, target, reduction=reduction, **options)
            name = "-".join(f"{key}-{value}" for key, value in options.items()) or "default"
            cases.each_reduction(loss, name, operands, compute, [X, Y], options)
        compute = lambda x, target, reduction: function(x, target, reduction=reduction)
        cases.each_reduction(loss, "default", operands, compute, [X, Y], dtype=torch.float32)
        edge = [points(1.0, 2.0, 0.0), points(1.0, 1.0, 1.0)]
        cases.each_reduction(loss, "edge-kink", edge, compute, [X, Y], reductions=("none",))
    zero_beta = lambda x, target, reduction: functional.smooth_l1_loss(x, target, reduction=reduction, beta=0.0)
    cases.each_reduction("smoothL1Loss", "beta-0", operands, zero_beta, [X, Y], {"beta": 0}, fixed=(1,))


def binary_cross_entropies(cases):
    targets = torch.tensor([[1.0, 0.0, 0.25], [0.0, 1.0, 0.5]], dtype=torch.float64)
    plain = lambda x, target, reduction: functional.binary_cross_entropy(x, target, reduction=reduction)
    weighted = lambda x, target, weight, reduction: functional.binary_cross_entropy(
        x, target, weight, reduction=reduction
    )
    add = cases.each_reduction
    make = lambda: [uniform(0.05, 0.95, 2, 3), targets]
    add("binaryCrossEntropy", "default", make, plain, [X, Y], fixed=(1,))
    add("binaryCrossEntropy", "default", make, plain, [X, Y], fixed=(1,), dtype=torch.float32)
    make = lambda: [uniform(0.05, 0.95, 2, 3), targets, uniform(0.2, 2.0, 3)]
    add("binaryCrossEntropy", "weight", make, weighted, [X, Y], {"weight": Z}, fixed=(1, 2))
    # PyTorch bounds the logarithm from below by -100: a sure and wrong answer costs 100, not infinity.
    sure = [points(0.0, 1.0, 1.0, 0.0), points(0.0, 1.0, 0.0, 1.0)]
    add("binaryCrossEntropy", "sure-kink", sure, plain, [X, Y], fixed=(1,), reductions=("none",))

    name = "binaryCrossEntropyWithLogits"
    function = functional.binary_cross_entropy_with_logits
    plain = lambda x, target, reduction: function(x, target, reduction=reduction)
    make = lambda: [normal(2, 3, scale=2), targets]
    add(name, "default", make, plain, [X, Y], fixed=(1,))
    add(name, "default", make, plain, [X, Y], fixed=(1,), dtype=torch.float32)
    far = [points(800.0, -800.0, 800.0, -800.0), points(1.0, 0.0, 0.0, 1.0)]
    add(name, "far", far, plain, [X, Y], fixed=(1,))
    weighted = lambda x, target, weight, reduction: function(x, target, weight, reduction=reduction)
    make = lambda: [normal(2, 3), targets, uniform(0.2, 2.0, 3)]
    add(name, "weight", make, weighted, [X, Y], {"weight": Z}, fixed=(1, 2))
    positive = lambda x, target, weight, reduction: function(x, target, reduction=reduction, pos_weight=weight)
    add(name, "pos-weight", make, positive, [X, Y], {"posWeight": Z}, fixed=(1, 2))
    both = lambda x, target, weight, pos, reduction: function(x, target, weight, reduction=reduction, pos_weight=pos)
    make = lambda: [normal(2, 3), targets, uniform(0.2, 2.0, 2, 1), uniform(0.2, 3.0, 3)]
    options = {"weight": Z, "posWeight": Input(3)}
    add(name, "weight-pos-weight", make, both, [X, Y], options, fixed=(1, 2, 3))


def divergences(cases):
    every = (*REDUCTIONS, "batchmean")
    make = lambda: [torch.log_softmax(normal(3, 4), -1), torch.softmax(normal(3, 4), -1)]
    # PyTorch warns that 'mean' divides by all elements; that is the behaviour stated here.
    warnings.filterwarnings("ignore", message="reduction: 'mean' divides", category=UserWarning)
    compute = lambda x, target, reduction: functional.kl_div(x, target, reduction=reduction)
    add = cases.each_reduction
    add("klDiv", "default", make, compute, [X, Y], fixed=(1,), reductions=every)
    add("klDiv", "default", make, compute, [X, Y], fixed=(1,), reductions=every, dtype=torch.float32)
    zeros = torch.tensor([[0.0, 1.0], [0.5, 0.5]], dtype=torch.float64)
    make_zeros = lambda: [torch.log_softmax(normal(2, 2), -1), zeros]
    add("klDiv", "target-zero", make_zeros, compute, [X, Y], fixed=(1,), reductions=every)
    make_logs = lambda: [torch.log_softmax(normal(3, 4), -1), torch.log_softmax(normal(3, 4), -1)]
    logs = lambda x, target, reduction: functional.kl_div(x, target, reduction=reduction, log_target=True)
    add("klDiv", "log-target", make_logs, logs, [X, Y], {"logTarget": True}, fixed=(1,), reductions=every)


def reduced(values, reduction):
    return {"mean": torch.mean, "sum": torch.sum, "none": lambda each: each}[reduction](values)


def margins(cases):
    add = cases.each_reduction
    signs = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=torch.float64)
    scores = points(0.3, 0.4, 2.5, -1.5)
    # PyTorch has no plain hinge loss; by its formula max(0, 1 - target * input).
    hinge = lambda x, target, reduction: reduced(torch.clamp_min(1.0 - target * x, 0.0), reduction)
    add("hingeLoss", "default", [scores, signs], hinge, [X, Y], fixed=(1,))
    add("hingeLoss", "default", [scores, signs], hinge, [X, Y], fixed=(1,), dtype=torch.float32)

    for margin in (0.0, 0.3):
        options = {"margin": margin} if margin else {}
        compute = lambda a, b, target, reduction: functional.cosine_embedding_loss(
            a, b, target, margin=margin, reduction=reduction
        )
        make = lambda: [normal(4, 3), normal(4, 3), signs]
        add("cosineEmbeddingLoss", f"margin-{margin}", make, compute, [X, Y, Z], options, fixed=(2,))
    # The cosine of the second pair is below the margin, its loss and gradient are zero.
    pairs = [
        torch.tensor([[1.0, 0.2], [1.0, 0.5]], dtype=torch.float64),
        torch.tensor([[0.9, 0.4], [-1.0, 0.1]], dtype=torch.float64),
        torch.tensor([-1.0, -1.0], dtype=torch.float64),
    ]
    compute = lambda a, b, target, reduction: functional.cosine_embedding_loss(
        a, b, target, margin=0.5, reduction=reduction
    )
    add("cosineEmbeddingLoss", "below-margin", pairs, compute, [X, Y, Z], {"margin": 0.5}, fixed=(2,))

    for name, options in {
        "default": {},
        "margin-0.5": {"margin": 0.5},
        "p-1": {"p": 1, "margin": 2.0},
        "p-3": {"p": 3},
        "swap": {"swap": True, "margin": 1.5},
        "eps": {"eps": 0.1},
    }.items():
        compute = lambda a, b, c, reduction: functional.triplet_margin_loss(a, b, c, reduction=reduction, **options)
        make = lambda: [normal(4, 3), normal(4, 3), normal(4, 3)]
        add("tripletMarginLoss", name, make, compute, [X, Y, Z], options)


def losses():
    cases = LossCases("loss")
    for part in (cross_entropies, regressions, binary_cross_entropies, divergences, margins):
        part(cases)
    return cases.cases
