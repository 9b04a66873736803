"""Serves PyTorch to the harness: a JSON object a line on standard input, an answer a line on standard output."""

import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

cases = {each["name"]: each for each in json.loads(sys.argv[1])}
torch.set_num_threads(int(os.environ.get("TORCH_THREADS", "1")))


def load(place, case):
    arrays = {}
    for key, spec in case["arrays"].items():
        kind = np.float32 if spec.get("classes") is None else np.int32
        data = np.fromfile(os.path.join(place, key), dtype=kind).reshape(spec["shape"])
        arrays[key] = torch.from_numpy(data) if kind is np.float32 else torch.from_numpy(data.astype(np.int64))
    return arrays


def mlp(p, x, options):
    h = x
    for layer in range(3):
        h = F.linear(h, p[f"w{layer}"], p[f"b{layer}"])
        if layer < 2:
            h = F.relu(h)
    return h


def cnn(p, x, options):
    h = F.max_pool2d(F.relu(F.conv2d(x, p["w0"], p["b0"], padding=2)), 2)
    h = F.max_pool2d(F.relu(F.conv2d(h, p["w1"], p["b1"], padding=2)), 2)
    h = F.relu(F.linear(h.flatten(1), p["w2"], p["b2"]))
    return F.linear(h, p["w3"], p["b3"])


def transformer(p, x, options):
    width, heads, context = options["width"], options["heads"], options["context"]
    batch = x.shape[0]
    mask = torch.full((context, context), float("-inf")).triu(1)
    h = F.embedding(x, p["token"]) + p["position"]
    for layer in range(options["layers"]):
        q = lambda name: p[f"{layer}.{name}"]
        n = F.layer_norm(h, (width,), q("ln1.w"), q("ln1.b"))
        parts = F.linear(n, q("qkv.w"), q("qkv.b")).split(width, -1)
        query, key, value = [t.reshape(batch, context, heads, width // heads).transpose(1, 2) for t in parts]
        weights = F.softmax(query @ key.transpose(-1, -2) * (width // heads) ** -0.5 + mask, -1)
        mixed = (weights @ value).transpose(1, 2).reshape(batch, context, width)
        h = h + F.linear(mixed, q("out.w"), q("out.b"))
        n = F.layer_norm(h, (width,), q("ln2.w"), q("ln2.b"))
        h = h + F.linear(F.gelu(F.linear(n, q("up.w"), q("up.b"))), q("down.w"), q("down.b"))
    n = F.layer_norm(h, (width,), p["ln.w"], p["ln.b"])
    return F.linear(n, p["head.w"], p["head.b"]).reshape(batch * context, -1)


def training(case, arrays):
    model = {"mlp": mlp, "cnn": cnn, "transformer": transformer}[case["kind"]]
    x, y = arrays.pop("x"), arrays.pop("y")
    parameters = {key: value.requires_grad_() for key, value in arrays.items()}
    optimizer = torch.optim.SGD(parameters.values(), lr=0.01, momentum=0.9)
    count = 0

    def step():
        nonlocal count
        place = count % x.shape[0]
        count += 1
        optimizer.zero_grad()
        loss = F.cross_entropy(model(parameters, x[place], case["options"]), y[place].reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
        optimizer.step()
        return loss.item()

    return [step() for _ in range(3)], step


def forward(case, arrays):
    options = case["options"]
    if case["kind"] == "matmul":
        a = arrays["a"].t() if options["ta"] else arrays["a"]
        b = arrays["b"].t() if options["tb"] else arrays["b"]
        run = lambda: a @ b
    elif case["kind"] == "chain":
        a, b = arrays["a"], arrays["b"]
        run = lambda: (torch.tanh(a * b + a) - b) * 0.5
    elif case["kind"] == "softmax":
        run = lambda: F.softmax(arrays["x"], -1)
    elif case["kind"] == "layerNorm":
        run = lambda: F.layer_norm(arrays["x"], (1024,))
    elif case["kind"] == "sum":
        run = lambda: arrays["x"].sum(0)
    else:
        a, b = arrays["a"], arrays["b"]

        def run():
            for _ in range(options["repeats"]):
                result = a + b
            return result

    flat = run().flatten().double()
    places = [int(np.floor(part * (len(flat) - 1) + 0.5)) for part in (0, 0.3, 0.7, 1)]
    return [flat.sum().item(), *[flat[place].item() for place in places]], run


current = None
for line in sys.stdin:
    request = json.loads(line)
    try:
        if request["command"] == "open":
            answer = {
                "description": f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads, "
                f"OPENBLAS_NUM_THREADS={os.environ.get('OPENBLAS_NUM_THREADS', 'unset')}, BLAS {os.environ.get('TORCH_BLAS', 'unknown')}"
            }
        elif request["command"] == "prepare":
            case = cases[request["name"]]
            arrays = load(request["place"], case)
            check, current = (training if case["kind"] in ("mlp", "cnn", "transformer") else forward)(case, arrays)
            answer = {"check": check}
        else:
            start = time.perf_counter()
            current()
            while (time.perf_counter() - start) * 1000 < request["warmMilliseconds"]:
                current()
            milliseconds = []
            for _ in range(request["count"]):
                start = time.perf_counter()
                current()
                milliseconds.append((time.perf_counter() - start) * 1000)
            answer = {"milliseconds": milliseconds}
    except Exception as error:  # the harness shows it
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
