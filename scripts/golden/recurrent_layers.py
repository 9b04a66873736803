"""RNN, GRU and LSTM: one and two layers, both directions, both layouts, with and without an initial state."""

from torch import nn

from encoding import Input, Output, normal
from function_case import X

VARIANTS = {
    "plain": {},
    "batch-first": {"batchFirst": True},
    "no-bias": {"bias": False},
    "two-layers": {"numLayers": 2},
    "bidirectional": {"bidirectional": True},
    "two-layers-bidirectional-batch-first": {"numLayers": 2, "bidirectional": True, "batchFirst": True},
}

PYTORCH_NAMES = {"numLayers": "num_layers", "batchFirst": "batch_first"}

INPUT_SIZE, HIDDEN_SIZE, BATCH, STEPS = 2, 3, 2, 3


def variants(cases, layer, module, prefix="", extra=None):
    states = 2 if layer == "LSTM" else 1
    state_of = lambda kind, first: (
        {"hidden": kind(first), "cell": kind(first + 1)} if states == 2 else kind(first)
    )
    returns = {"output": Output(0), "state": state_of(Output, 1)}

    def call(made, x, *initial):
        output, state = made(x, *((initial if states == 2 else initial[0],) if initial else ()))
        return [output, *(state if states == 2 else [state])]

    for name, variant in VARIANTS.items():
        options = {**variant, **(extra or {})}
        settings = {PYTORCH_NAMES.get(key, key): value for key, value in options.items()}
        make = lambda: module(INPUT_SIZE, HIDDEN_SIZE, **settings)
        constructor = [INPUT_SIZE, HIDDEN_SIZE, options] if options else [INPUT_SIZE, HIDDEN_SIZE]
        shape = (BATCH, STEPS, INPUT_SIZE) if "batchFirst" in options else (STEPS, BATCH, INPUT_SIZE)
        cases.add(layer, prefix + name, make, constructor, lambda: [normal(*shape)], [X], call, returns)
        if name in ("plain", "two-layers-bidirectional-batch-first"):
            rows = options.get("numLayers", 1) * (2 if "bidirectional" in options else 1)
            inputs = lambda: [normal(*shape), *[normal(rows, BATCH, HIDDEN_SIZE) for _ in range(states)]]
            arguments = [X, state_of(Input, 1)]
            cases.add(layer, f"{prefix}{name}-state", make, constructor, inputs, arguments, call, returns)


def recurrent(cases):
    variants(cases, "RNN", nn.RNN)
    variants(cases, "RNN", nn.RNN, "relu-", {"nonlinearity": "relu"})
    variants(cases, "GRU", nn.GRU)
    variants(cases, "LSTM", nn.LSTM)
