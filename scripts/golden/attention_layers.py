"""MultiheadAttention with every mask, and TransformerEncoderLayer in its four forms."""

import torch
from torch import nn

from encoding import Input, Output, flags, normal
from function_case import X, Y, Z

EMBEDDING, HEADS, BATCH, QUERIES, KEYS = 4, 2, 2, 3, 3

# True forbids: a query sees the keys up to its own place.
CAUSAL = torch.ones(QUERIES, KEYS, dtype=torch.bool).triu(1)
PADDING = flags(False, False, True, False, False, False).reshape(BATCH, KEYS)


def multihead(cases):
    returns = {"output": Output(0), "weights": Output(1)}

    def add(name, masks=None, make_masks=lambda: [], call_options=None, constructor_options=None, **settings):
        """masks: forward's options with their placeholders; call_options: the same as PyTorch names them."""
        options = {"batchFirst": True, **(constructor_options or {})}
        if settings.get("batch_first") is False:
            del options["batchFirst"]
        settings = {"batch_first": True, **settings}
        make = lambda: nn.MultiheadAttention(EMBEDDING, HEADS, **settings)
        shapes = [[BATCH, QUERIES, EMBEDDING], [BATCH, KEYS, settings.get("kdim", EMBEDDING)]]
        shapes.append([BATCH, KEYS, settings.get("vdim", EMBEDDING)])
        if not settings["batch_first"]:
            shapes = [[rows, batch, size] for batch, rows, size in shapes]

        def call(module, query, key, value, *rest):
            output, weights = module(query, key, value, **(call_options(*rest) if call_options else {}))
            return [output] if weights is None else [output, weights]

        inputs = lambda: [*[normal(*shape) for shape in shapes], *make_masks()]
        arguments = [X, Y, Z, masks] if masks else [X, Y, Z]
        constructor = [EMBEDDING, HEADS, options] if options else [EMBEDDING, HEADS]
        without_weights = masks is not None and masks.get("needWeights") is False
        fields = {"output": Output(0)} if without_weights else returns
        cases.add(
            "MultiheadAttention", name, make, constructor, inputs, arguments, call, fields, fixed=(3,)
        )

    third = Input(3)
    add("plain")
    add("sequence-first", batch_first=False)
    add("no-bias", constructor_options={"bias": False}, bias=False)
    add("kdim-vdim", constructor_options={"kdim": 3, "vdim": 2}, kdim=3, vdim=2)
    add("causal", {"attnMask": third}, lambda: [CAUSAL], lambda mask: {"attn_mask": mask})
    add("additive-mask", {"attnMask": third}, lambda: [normal(QUERIES, KEYS)], lambda mask: {"attn_mask": mask})
    per_head = lambda: [normal(BATCH * HEADS, QUERIES, KEYS)]
    add("mask-a-head", {"attnMask": third}, per_head, lambda mask: {"attn_mask": mask})
    add("padding", {"keyPaddingMask": third}, lambda: [PADDING], lambda mask: {"key_padding_mask": mask})
    both = {"attnMask": third, "keyPaddingMask": Input(4)}
    both_options = lambda mask, padding: {"attn_mask": mask, "key_padding_mask": padding}
    add("causal-padding", both, lambda: [CAUSAL, PADDING], both_options)
    add("weights-a-head", {"averageAttnWeights": False}, call_options=lambda: {"average_attn_weights": False})
    add("no-weights", {"needWeights": False}, call_options=lambda: {"need_weights": False})

    itself = lambda: nn.MultiheadAttention(EMBEDDING, HEADS, batch_first=True)
    cases.add(
        "MultiheadAttention",
        "self",
        itself,
        [EMBEDDING, HEADS, {"batchFirst": True}],
        lambda: [normal(BATCH, QUERIES, EMBEDDING)],
        [X, X, X],
        lambda module, x: list(module(x, x, x)),
        returns,
    )


def encoder(cases):
    feedforward = 5

    def add(name, options, masks=None, make_masks=lambda: [], call=None, **settings):
        given = {"dimFeedforward": feedforward, "dropout": 0, "batchFirst": True, **options}
        settings = {"dim_feedforward": feedforward, "dropout": 0.0, "batch_first": True, **settings}
        make = lambda: nn.TransformerEncoderLayer(EMBEDDING, HEADS, **settings)
        shape = (BATCH, QUERIES, EMBEDDING) if settings["batch_first"] else (QUERIES, BATCH, EMBEDDING)
        inputs = lambda: [normal(*shape), *make_masks()]
        arguments = [X, masks] if masks else [X]
        constructor = [EMBEDDING, HEADS, given]
        cases.add("TransformerEncoderLayer", name, make, constructor, inputs, arguments, call)

    for norm_first in (False, True):
        for activation in ("relu", "gelu"):
            options = {"normFirst": norm_first, "activation": activation}
            name = f"{'norm-first' if norm_first else 'norm-last'}-{activation}"
            add(name, options, norm_first=norm_first, activation=activation)
    add("sequence-first", {"batchFirst": False}, batch_first=False)
    masks = {"srcMask": Input(1), "srcKeyPaddingMask": Input(2)}
    call = lambda module, x, mask, padding: module(x, src_mask=mask, src_key_padding_mask=padding)
    add("masks", {}, masks, lambda: [CAUSAL, PADDING], call)
    add("layer-norm-eps", {"layerNormEps": 0.01}, layer_norm_eps=0.01)


def attention(cases):
    multihead(cases)
    encoder(cases)
