"""Training traces: twenty steps of seven small models under every optimizer, with the loss of each step."""

import math

import torch
from torch import nn

from encoding import argument, integers, normal, seed, tensor, tensors
from layer_case import fill
from optimizers import OPTIMIZERS, make_optimizer

STEPS = 20
BATCHES = 2


class LastOutput(nn.Module):
    """linear(the last output of the LSTM)"""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 3, batch_first=True)
        self.linear = nn.Linear(3, 2)

    def forward(self, x):
        return self.linear(self.lstm(x)[0][:, -1])


class MeanOutput(nn.Module):
    """linear(the mean over time of the encoder's outputs)"""

    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True)
        self.linear = nn.Linear(4, 3)

    def forward(self, x):
        return self.linear(self.encoder(x).mean(1))


class Decoder(nn.Module):
    """head(norm(block1(block0(token(x) + position)))), each position seeing itself and what came before; a row a position"""

    def __init__(self):
        super().__init__()
        self.token = nn.Embedding(5, 6)
        self.position = nn.Parameter(torch.zeros(3, 6))
        self.block0, self.block1 = (
            nn.TransformerEncoderLayer(6, 2, 8, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
            for _ in range(2)
        )
        self.norm = nn.LayerNorm(6)
        self.head = nn.Linear(6, 5)

    def forward(self, x):
        mask = torch.triu(torch.ones(3, 3, dtype=torch.bool), 1)
        h = self.token(x) + self.position
        for block in (self.block0, self.block1):
            h = block(h, src_mask=mask)
        return self.head(self.norm(h)).flatten(0, 1)


def specification(layer, *arguments):
    return {"layer": layer, "arguments": list(arguments)}


# name: (PyTorch's model, modules by name, how the result is computed, inputs, targets, loss)
MODELS = {
    "mlp": (
        lambda: nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3)),
        {
            "0": specification("Linear", 3, 5),
            "1": specification("ReLU"),
            "2": specification("Linear", 5, 4),
            "3": specification("Tanh"),
            "4": specification("Linear", 4, 3),
        },
        "sequential",
        lambda: normal(6, 3),
        lambda: integers(0, 3, 6),
        "crossEntropy",
    ),
    "cnn": (
        lambda: nn.Sequential(
            # Not ReLU: where it lets a whole channel through, batch norm makes the bias's gradient mere rounding.
            nn.Conv2d(1, 2, 3, padding=1),
            nn.GELU(),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(2),
            nn.Conv2d(2, 3, 2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(12, 3),
        ),
        {
            "0": specification("Conv2d", 1, 2, 3, {"padding": 1}),
            "1": specification("GELU"),
            "2": specification("MaxPool2d", 2),
            "3": specification("BatchNorm2d", 2),
            "4": specification("Conv2d", 2, 3, 2),
            "5": specification("ReLU"),
            "6": specification("Flatten"),
            "7": specification("Linear", 12, 3),
        },
        "sequential",
        lambda: normal(3, 1, 6, 6),
        lambda: integers(0, 3, 3),
        "crossEntropy",
    ),
    "lstm": (
        LastOutput,
        {"lstm": specification("LSTM", 2, 3, {"batchFirst": True}), "linear": specification("Linear", 3, 2)},
        "linear(lstm(x).output[:, -1])",
        lambda: normal(3, 4, 2),
        lambda: normal(3, 2),
        "mseLoss",
    ),
    "transformer": (
        MeanOutput,
        {
            "encoder": specification(
                "TransformerEncoderLayer", 4, 2, {"dimFeedforward": 6, "dropout": 0, "batchFirst": True}
            ),
            "linear": specification("Linear", 4, 3),
        },
        "linear(mean(encoder(x), 1))",
        lambda: normal(3, 3, 4),
        lambda: integers(0, 3, 3),
        "crossEntropy",
    ),
    "lenet": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 2, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(2, 3, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(12, 5),
            nn.ReLU(),
            nn.Linear(5, 3),
        ),
        {
            "0": specification("Conv2d", 1, 2, 5, {"padding": 2}),
            "1": specification("ReLU"),
            "2": specification("MaxPool2d", 2),
            "3": specification("Conv2d", 2, 3, 5, {"padding": 2}),
            "4": specification("ReLU"),
            "5": specification("MaxPool2d", 2),
            "6": specification("Flatten"),
            "7": specification("Linear", 12, 5),
            "8": specification("ReLU"),
            "9": specification("Linear", 5, 3),
        },
        "sequential",
        lambda: normal(4, 1, 8, 8),
        lambda: integers(0, 3, 4),
        "crossEntropy",
    ),
    "decoder": (
        Decoder,
        {
            "token": specification("Embedding", 5, 6),
            **{
                block: specification(
                    "TransformerEncoderLayer",
                    6,
                    2,
                    {"dimFeedforward": 8, "dropout": 0, "activation": "gelu", "batchFirst": True, "normFirst": True},
                )
                for block in ("block0", "block1")
            },
            "norm": specification("LayerNorm", [6]),
            "head": specification("Linear", 6, 5),
        },
        "head(norm(block1(block0(token(x) + position)))) with a causal mask, flattened to a row a position",
        lambda: integers(0, 5, 2, 3),
        lambda: integers(0, 5, 6),
        "crossEntropy",
    ),
    "embedding": (
        lambda: nn.Sequential(nn.Embedding(6, 2), nn.Flatten(), nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3)),
        {
            "0": specification("Embedding", 6, 2),
            "1": specification("Flatten"),
            "2": specification("Linear", 6, 4),
            "3": specification("Tanh"),
            "4": specification("Linear", 4, 3),
        },
        "sequential",
        lambda: integers(0, 6, 5, 3),
        lambda: integers(0, 3, 5),
        "crossEntropy",
    ),
}

LOSSES = {"crossEntropy": nn.functional.cross_entropy, "mseLoss": nn.functional.mse_loss}

CHOSEN = [
    "sgd",
    "sgd-momentum",
    "sgd-dampening",
    "sgd-nesterov",
    "sgd-weight-decay",
    "sgd-maximize",
    "adam",
    "adam-weight-decay",
    "adamw",
    "rmsprop",
    "rmsprop-centered",
    "rmsprop-momentum",
    "adagrad",
    "adagrad-lr-decay",
]

# name: (optimizer and options, clipping, learning rate of each step)
EXTRA = {
    "sgd-clip-norm": (("SGD", {"lr": 0.2}), {"function": "clipGradNorm", "arguments": [0.3]}, None),
    "sgd-clip-norm-infinity": (
        ("SGD", {"lr": 0.2}),
        {"function": "clipGradNorm", "arguments": [0.1, {"normType": math.inf}]},
        None,
    ),
    "sgd-clip-value": (("SGD", {"lr": 0.2}), {"function": "clipGradValue", "arguments": [0.05]}, None),
    "adam-clip-norm": (("Adam", {"lr": 0.02}), {"function": "clipGradNorm", "arguments": [0.3]}, None),
    "sgd-momentum-schedule": (
        ("SGD", {"lr": 0.1, "momentum": 0.9}),
        None,
        [0.1 * 0.5 ** (step // 5) for step in range(STEPS)],
    ),
}

# Models as the benchmarks train them; deeper than the others, so that other optimizers magnify rounding too much to compare.
DEEP = {"lenet", "decoder"}
DEEP_CHOSEN = {"sgd-momentum", "sgd-clip-norm", "sgd-momentum-schedule", "adam-weight-decay"}

SINGLE = {"sgd-momentum", "sgd-clip-norm"}


def clip(parameters, clipping):
    """Applies the clipping and returns the total norm, where there is one."""
    function, (bound, *rest) = clipping["function"], clipping["arguments"]
    if function == "clipGradValue":
        nn.utils.clip_grad_value_(parameters, bound)
        return None
    return nn.utils.clip_grad_norm_(parameters, bound, rest[0]["normType"] if rest else 2.0)


def train(model_name, optimizer_name, options, clipping, rates, dtype):
    make, _, _, make_input, make_target, loss_name = MODELS[model_name]
    seed(model_name)
    module = fill(make().to(torch.float64))
    batches = [(make_input(), make_target()) for _ in range(BATCHES)]
    module = module.to(dtype).train()
    start = tensors(module.state_dict())
    batches = [[value.to(dtype) if value.is_floating_point() else value for value in batch] for batch in batches]
    optimizer = make_optimizer(optimizer_name, module.parameters(), options)
    losses, norms = [], []
    for step in range(STEPS):
        x, target = batches[step % BATCHES]
        if rates:
            optimizer.param_groups[0]["lr"] = rates[step]
        optimizer.zero_grad()
        loss = LOSSES[loss_name](module(x), target)
        loss.backward()
        losses.append(tensor(loss)["data"][0])
        if clipping:
            total = clip(list(module.parameters()), clipping)
            if total is not None:
                norms.append(tensor(total)["data"][0])
        optimizer.step()
    return start, batches, losses, norms, tensors(module.state_dict())


def traces(model_name):
    _, modules, forward, _, _, loss_name = MODELS[model_name]
    start, batches, *_ = train(model_name, "SGD", {"lr": 0.1}, None, None, torch.float64)
    yield {
        "kind": "model",
        "model": model_name,
        "modules": modules,
        "forward": forward,
        "loss": loss_name,
        "state": start,
        "batches": [{"input": tensor(x), "target": tensor(target)} for x, target in batches],
    }
    variants = {name: (OPTIMIZERS[name], None, None) for name in CHOSEN} | EXTRA
    for name, ((optimizer, options), clipping, rates) in variants.items():
        if model_name in DEEP and name not in DEEP_CHOSEN:
            continue
        if model_name in ("transformer", "decoder") and optimizer != "SGD":
            # The keys' bias has the gradient zero but for rounding; with the default eps these optimizers would
            # blow that rounding up into the result.
            options = {**options, "eps": 1e-6}
        for dtype in (torch.float64, torch.float32) if name in SINGLE else (torch.float64,):
            _, _, losses, norms, final = train(model_name, optimizer, options, clipping, rates, dtype)
            yield {
                "kind": "trace",
                "name": f"{model_name}-{name}" + ("" if dtype == torch.float64 else "-float32"),
                "dtype": "float64" if dtype == torch.float64 else "float32",
                "optimizer": optimizer,
                "options": options,
                "clipping": argument(clipping),
                "learningRates": rates,
                "losses": losses,
                "totalNorms": norms or None,
                "state": final,
            }
