"""The three networks of the benchmarks in full size: some steps of each in float64, and how far float32 strays."""

import math

import torch
import torch.nn.functional as F

from hashed import classes, hashed, seed_of, signed, unit

BATCHES = 4
ELEMENTS = 8


def bound(inputs):
    """The exponent of the least power of two that is not below 1/sqrt(inputs)"""
    return math.ceil(-math.log2(inputs) / 2)


def linear(name, inputs, outputs):
    return {f"{name}.w": ([outputs, inputs], signed(bound(inputs))), f"{name}.b": ([outputs], signed(bound(inputs)))}


def convolution(name, inputs, outputs, kernel):
    scale = signed(bound(inputs * kernel**2))
    return {f"{name}.w": ([outputs, inputs, kernel, kernel], scale), f"{name}.b": ([outputs], scale)}


def norm(name, width):
    return {f"{name}.w": ([width], unit()), f"{name}.b": ([width], signed(-3))}


class Kinks:
    """How near to a kink of ReLU or max pooling the values of a run came, in standard deviations of their layer."""

    def __init__(self):
        self.nearest = math.inf

    def relu(self, value):
        self.note(value, value.detach().abs())
        return F.relu(value)

    def relu_and_pool(self, value):
        windows = value.detach().unflatten(2, (-1, 2)).unflatten(4, (-1, 2)).transpose(3, 4).flatten(4)
        first, second = windows.topk(2).values.unbind(-1)
        # Where the largest is not let through, which it is does not matter; else it has to stay the largest.
        self.note(value, torch.where(first > 0, torch.minimum(first, first - second), -first))
        return F.max_pool2d(F.relu(value), 2)

    def note(self, value, distances):
        self.nearest = min(self.nearest, (distances.min() / value.detach().std()).item())


def mlp(p, x, options, kinks):
    h = kinks.relu(F.linear(x, p["0.w"], p["0.b"]))
    h = kinks.relu(F.linear(h, p["1.w"], p["1.b"]))
    return F.linear(h, p["2.w"], p["2.b"])


def cnn(p, x, options, kinks):
    h = kinks.relu_and_pool(F.conv2d(x, p["0.w"], p["0.b"], padding=2))
    h = kinks.relu_and_pool(F.conv2d(h, p["1.w"], p["1.b"], padding=2))
    h = kinks.relu(F.linear(h.flatten(1), p["2.w"], p["2.b"]))
    return F.linear(h, p["3.w"], p["3.b"])


def transformer(p, x, options, kinks):
    width, heads, layers = options["width"], options["heads"], options["layers"]
    batch, context = x.shape
    apply = lambda name, value: F.linear(value, p[f"{name}.w"], p[f"{name}.b"])
    normalize = lambda name, value: F.layer_norm(value, (width,), p[f"{name}.w"], p[f"{name}.b"])
    mask = torch.full((context, context), -math.inf).triu(1)
    h = F.embedding(x, p["token"]) + p["position"]
    for layer in range(layers):
        parts = apply(f"{layer}.qkv", normalize(f"{layer}.ln1", h)).split(width, -1)
        query, key, value = [part.reshape(batch, context, heads, width // heads).transpose(1, 2) for part in parts]
        weights = F.softmax(query @ key.transpose(-1, -2) * (width // heads) ** -0.5 + mask.to(h.dtype), -1)
        mixed = (weights @ value).transpose(1, 2).reshape(batch, context, width)
        h = h + apply(f"{layer}.out", mixed)
        h = h + apply(f"{layer}.down", F.gelu(apply(f"{layer}.up", normalize(f"{layer}.ln2", h))))
    return apply("head", normalize("ln", h)).flatten(0, 1)


def transformer_parameters(context, width, layers, symbols):
    parameters = {"token": ([symbols, width], signed(-1)), "position": ([context, width], signed(-3))}
    for layer in range(layers):
        parameters |= norm(f"{layer}.ln1", width)
        parameters |= linear(f"{layer}.qkv", width, 3 * width)
        parameters |= linear(f"{layer}.out", width, width)
        parameters |= norm(f"{layer}.ln2", width)
        parameters |= linear(f"{layer}.up", width, 4 * width)
        parameters |= linear(f"{layer}.down", 4 * width, width)
    return parameters | norm("ln", width) | linear("head", width, symbols)


# name: (forward, options, steps, draw, input, target, parameters). Of many draws the one that keeps away from kinks.
NETWORKS = {
    "mlp": (
        mlp,
        {},
        10,
        59,
        ([BATCHES, 128, 784], unit()),
        ([BATCHES, 128], classes(10)),
        linear("0", 784, 512) | linear("1", 512, 256) | linear("2", 256, 10),
    ),
    "cnn": (
        cnn,
        {},
        3,
        115,
        ([BATCHES, 64, 1, 28, 28], unit()),
        ([BATCHES, 64], classes(10)),
        convolution("0", 1, 32, 5) | convolution("1", 32, 64, 5) | linear("2", 3136, 512) | linear("3", 512, 10),
    ),
    "transformer": (
        transformer,
        {"width": 128, "heads": 4, "layers": 4},
        5,
        0,
        ([BATCHES, 16, 128], classes(65)),
        ([BATCHES, 16 * 128], classes(65)),
        transformer_parameters(128, 128, 4, 65),
    ),
}

# The draws are chosen for it; a value this near to a kink could be on either side in float32.
NEAREST_KINK = 1e-6

SGD = {"lr": 0.01, "momentum": 0.9}
MAX_NORM = 1.0


def train(forward, options, steps, start, x, target, dtype, kinks):
    """The losses, the gradients' norms before clipping, and by how much each parameter changed."""
    # A copy even where the dtype is that of the start, which steps would change.
    parameters = {name: value.to(dtype, copy=True).requires_grad_() for name, value in start.items()}
    x = x.to(dtype) if x.is_floating_point() else x
    optimizer = torch.optim.SGD(parameters.values(), **SGD)
    losses, totals = [], []
    for step in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(forward(parameters, x[step % BATCHES], options, kinks), target[step % BATCHES])
        loss.backward()
        totals.append(torch.nn.utils.clip_grad_norm_(parameters.values(), MAX_NORM).item())
        optimizer.step()
        losses.append(loss.item())
    changes = {name: value.detach().double() - start[name].double() for name, value in parameters.items()}
    return losses, totals, {name: measured(change.flatten()) for name, change in changes.items()}


def measured(change):
    """A few numbers that a wrong change would not have."""
    places = [(change.numel() - 1) * part // (ELEMENTS - 1) for part in range(ELEMENTS)]
    return {
        "mean": change.mean().item(),
        "rms": change.square().mean().sqrt().item(),
        "elements": change[places].tolist(),
    }


def relative(got, expected, scale):
    """The largest difference relative to a number of their size."""
    return max(abs(a - b) for a, b in zip(got, expected)) / scale


def distance(got, expected):
    """How far a run is from another: the largest over all steps, or over all parameters."""
    (losses, totals, changes), (true_losses, true_totals, true_changes) = got, expected
    pairs = [(changes[name], true_changes[name]) for name in changes]
    return {
        "losses": relative(losses, true_losses, max(true_losses)),
        "totalNorms": relative(totals, true_totals, max(true_totals)),
        **{key: max(relative([a[key]], [b[key]], b["rms"]) for a, b in pairs) for key in ("mean", "rms")},
        "elements": max(relative(a["elements"], b["elements"], max(map(abs, b["elements"]))) for a, b in pairs),
    }


def networks(network):
    forward, options, steps, draw, x, target, parameters = NETWORKS[network]
    recipes = {
        name: {"shape": shape, "seed": seed_of(network, name, draw), **values}
        for name, (shape, values) in {"x": x, "target": target, **parameters}.items()
    }
    start = {name: torch.from_numpy(hashed(recipe)) for name, recipe in recipes.items()}
    sums = {name: value.double().sum().item() for name, value in start.items()}
    x, target = start.pop("x"), start.pop("target")
    kinks = Kinks()
    exact = train(forward, options, steps, start, x, target, torch.float64, kinks)
    single = train(forward, options, steps, start, x, target, torch.float32, Kinks())
    if kinks.nearest < NEAREST_KINK:
        raise ValueError(f"{network}: a value comes as near as {kinks.nearest:.1e} to a kink. Take another draw.")
    losses, totals, changes = exact
    yield {
        "kind": "network",
        "network": network,
        "options": options,
        "sgd": SGD,
        "maxNorm": MAX_NORM,
        "losses": losses,
        "totalNorms": totals,
        "float32Distance": distance(single, exact),
    }
    for name, recipe in recipes.items():
        yield {"kind": "array", "name": name, **recipe, "sum": sums[name], "change": changes.get(name)}
