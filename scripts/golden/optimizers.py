"""Optimizers alone on a quadratic, clipping alone, and learning-rate schedules."""

import math

import torch
from torch import nn

from encoding import argument, normal, optional_tensor, rounded, seed, tensor, uniform

STEPS = 20

CAMEL_TO_PYTORCH = {
    "weightDecay": "weight_decay",
    "lrDecay": "lr_decay",
    "initialAccumulatorValue": "initial_accumulator_value",
}

# name: (class, options as JavaScript has them)
OPTIMIZERS = {
    "sgd": ("SGD", {"lr": 0.05}),
    "sgd-momentum": ("SGD", {"lr": 0.05, "momentum": 0.9}),
    "sgd-dampening": ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.5}),
    "sgd-nesterov": ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "sgd-weight-decay": ("SGD", {"lr": 0.05, "weightDecay": 0.1}),
    "sgd-momentum-weight-decay": ("SGD", {"lr": 0.05, "momentum": 0.9, "weightDecay": 0.1}),
    "sgd-nesterov-weight-decay": ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weightDecay": 0.1}),
    "sgd-maximize": ("SGD", {"lr": 0.01, "maximize": True}),
    "sgd-maximize-momentum-weight-decay": (
        "SGD",
        {"lr": 0.01, "momentum": 0.5, "weightDecay": 0.1, "maximize": True},
    ),
    "adam": ("Adam", {"lr": 0.05}),
    "adam-default": ("Adam", {}),
    "adam-betas": ("Adam", {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-3}),
    "adam-weight-decay": ("Adam", {"lr": 0.05, "weightDecay": 0.1}),
    "adam-amsgrad": ("Adam", {"lr": 0.05, "amsgrad": True}),
    "adam-maximize": ("Adam", {"lr": 0.05, "maximize": True}),
    "adamw": ("AdamW", {"lr": 0.05}),
    "adamw-default": ("AdamW", {}),
    "adamw-weight-decay": ("AdamW", {"lr": 0.05, "weightDecay": 0.2}),
    "adamw-betas": ("AdamW", {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-3}),
    "adamw-amsgrad": ("AdamW", {"lr": 0.05, "amsgrad": True}),
    "rmsprop": ("RMSprop", {"lr": 0.05}),
    "rmsprop-default": ("RMSprop", {}),
    "rmsprop-alpha": ("RMSprop", {"lr": 0.05, "alpha": 0.9, "eps": 1e-3}),
    "rmsprop-centered": ("RMSprop", {"lr": 0.05, "centered": True}),
    "rmsprop-momentum": ("RMSprop", {"lr": 0.02, "momentum": 0.9}),
    "rmsprop-weight-decay": ("RMSprop", {"lr": 0.05, "weightDecay": 0.1}),
    "rmsprop-centered-momentum": ("RMSprop", {"lr": 0.02, "centered": True, "momentum": 0.9}),
    "adagrad": ("Adagrad", {"lr": 0.1}),
    "adagrad-default": ("Adagrad", {}),
    "adagrad-lr-decay": ("Adagrad", {"lr": 0.1, "lrDecay": 0.1}),
    "adagrad-weight-decay": ("Adagrad", {"lr": 0.1, "weightDecay": 0.1}),
    "adagrad-accumulator": ("Adagrad", {"lr": 0.1, "initialAccumulatorValue": 0.5, "eps": 1e-3}),
}


def settings_of(options):
    return {
        CAMEL_TO_PYTORCH.get(key, key): tuple(value) if isinstance(value, list) else value
        for key, value in options.items()
    }


def make_optimizer(name, parameters, options):
    return getattr(torch.optim, name)(parameters, **settings_of(options))


def state_of(value):
    """An optimizer's state dict as JSON: tensors as tensors, all else as it is."""
    if isinstance(value, torch.Tensor):
        return tensor(value)
    if isinstance(value, dict):
        return {str(key): state_of(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [state_of(entry) for entry in value]
    return value


def quadratic():
    """theta = [first, second] flattened and joined; loss = theta' H theta / 2 - g' theta, H positive definite."""
    seed("quadratic")
    factor = normal(7, 7, scale=0.4, digits=2)
    hessian = rounded(factor @ factor.t(), 4)
    return hessian + torch.eye(7, dtype=torch.float64) / 2, normal(7), [normal(3), normal(2, 2)]


def run_quadratic(make, dtype):
    hessian, linear, initial = quadratic()
    hessian, linear = hessian.to(dtype), linear.to(dtype)
    parameters = [value.to(dtype).requires_grad_() for value in initial]
    optimizer = make(parameters)
    losses, path = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        theta = torch.cat([value.flatten() for value in parameters])
        loss = theta @ hessian @ theta / 2 - linear @ theta
        loss.backward()
        losses.append(tensor(loss)["data"][0])
        optimizer.step()
        path.append([tensor(value)["data"] for value in parameters])
    return losses, path, state_of(optimizer.state_dict())


def optimizers():
    hessian, linear, initial = quadratic()
    yield {
        "kind": "problem",
        "hessian": tensor(hessian),
        "linear": tensor(linear),
        "initial": [tensor(value) for value in initial],
    }
    single = {"sgd-momentum", "adam", "adamw", "rmsprop-centered-momentum", "adagrad"}
    for name, (optimizer, options) in OPTIMIZERS.items():
        for dtype in (torch.float64, torch.float32) if name in single else (torch.float64,):
            losses, path, state = run_quadratic(lambda p: make_optimizer(optimizer, p, options), dtype)
            yield {
                "kind": "run",
                "name": name + ("" if dtype == torch.float64 else "-float32"),
                "dtype": "float64" if dtype == torch.float64 else "float32",
                "optimizer": optimizer,
                "options": options,
                "losses": losses,
                "parameters": path,
                "stateDict": state,
            }
    for name, optimizer, options, groups in (
        ("sgd-groups", "SGD", {"lr": 0.05, "momentum": 0.9}, [{}, {"lr": 0.01, "momentum": 0.5, "weightDecay": 0.1}]),
        ("adam-groups", "Adam", {"lr": 0.05}, [{"betas": [0.8, 0.9]}, {"lr": 0.01, "weightDecay": 0.1}]),
    ):
        make = lambda p: make_optimizer(
            optimizer, [{"params": [value], **settings_of(group)} for value, group in zip(p, groups)], options
        )
        losses, path, state = run_quadratic(make, torch.float64)
        yield {
            "kind": "run",
            "name": name,
            "dtype": "float64",
            "optimizer": optimizer,
            "options": options,
            "groups": groups,
            "losses": losses,
            "parameters": path,
            "stateDict": state,
        }


def clipping():
    """Gradients before and after; a parameter without a gradient is null and stays so."""
    def gradients(name):
        seed(name)
        return [normal(2, 3), None, normal(4), normal()]

    def clip(name, function, arguments, apply, make=gradients, dtype=torch.float64):
        before = [value if value is None else value.to(dtype) for value in make(name)]
        parameters = []
        for value in before:
            parameter = nn.Parameter(torch.zeros(value.shape if value is not None else (2,), dtype=dtype))
            parameter.grad = None if value is None else value.clone()
            parameters.append(parameter)
        total = apply(parameters)
        return {
            "name": name,
            "function": function,
            "arguments": argument(arguments),
            "gradients": [optional_tensor(value) for value in before],
            "totalNorm": None if total is None else tensor(total)["data"][0],
            "clipped": [optional_tensor(parameter.grad) for parameter in parameters],
        }

    norm = nn.utils.clip_grad_norm_
    zeros = lambda name: [torch.zeros(3, dtype=torch.float64)]
    yield clip("norm-2", "clipGradNorm", [1], lambda p: norm(p, 1.0))
    yield clip("norm-2-float32", "clipGradNorm", [1], lambda p: norm(p, 1.0), dtype=torch.float32)
    yield clip("norm-2-within", "clipGradNorm", [100], lambda p: norm(p, 100.0))
    yield clip("norm-2-zero-gradient", "clipGradNorm", [1], lambda p: norm(p, 1.0), zeros)
    for p in (1, 3, math.inf):
        name = "infinity" if p == math.inf else str(p)
        yield clip(f"norm-{name}", "clipGradNorm", [0.5, {"normType": p}], lambda values: norm(values, 0.5, p))
    yield clip("value", "clipGradValue", [0.4], lambda p: nn.utils.clip_grad_value_(p, 0.4))
    yield clip("value-within", "clipGradValue", [100], lambda p: nn.utils.clip_grad_value_(p, 100.0))


SCHEDULES = {
    "step": ("step", "StepLR", {"stepSize": 4, "gamma": 0.5}),
    "step-default-gamma": ("step", "StepLR", {"stepSize": 7}),
    "exponential": ("exponential", "ExponentialLR", {"gamma": 0.9}),
    "cosine": ("cosine", "CosineAnnealingLR", {"tMax": 24}),
    "cosine-minimum": ("cosine", "CosineAnnealingLR", {"tMax": 24, "etaMin": 0.01}),
    "cosine-twice": ("cosine", "CosineAnnealingLR", {"tMax": 12, "etaMin": 0.01}),
    "linear-warmup": ("linearWarmup", "LinearLR", {"startFactor": 0.1, "totalIters": 10}),
    "linear-warmup-default": ("linearWarmup", "LinearLR", {}),
    "linear-warmup-end": ("linearWarmup", "LinearLR", {"startFactor": 0.25, "endFactor": 0.5, "totalIters": 8}),
    "one-cycle": ("oneCycle", "OneCycleLR", {"maxLr": 0.5, "totalSteps": 25}),
    "one-cycle-linear": ("oneCycle", "OneCycleLR", {"maxLr": 0.5, "totalSteps": 25, "annealStrategy": "linear"}),
    "one-cycle-three-phases": ("oneCycle", "OneCycleLR", {"maxLr": 0.5, "totalSteps": 25, "threePhase": True}),
    "one-cycle-factors": (
        "oneCycle",
        "OneCycleLR",
        {"maxLr": 0.5, "totalSteps": 25, "pctStart": 0.4, "divFactor": 10, "finalDivFactor": 100},
    ),
}

SCHEDULE_NAMES = {
    "stepSize": "step_size",
    "tMax": "T_max",
    "etaMin": "eta_min",
    "startFactor": "start_factor",
    "endFactor": "end_factor",
    "totalIters": "total_iters",
    "maxLr": "max_lr",
    "totalSteps": "total_steps",
    "annealStrategy": "anneal_strategy",
    "threePhase": "three_phase",
    "pctStart": "pct_start",
    "divFactor": "div_factor",
    "finalDivFactor": "final_div_factor",
    "thresholdMode": "threshold_mode",
    "minLr": "min_lr",
}

PLATEAUS = {
    "default": {},
    "patience-2": {"patience": 2, "factor": 0.5},
    "cooldown": {"patience": 1, "factor": 0.5, "cooldown": 3},
    "minimum": {"patience": 1, "factor": 0.2, "minLr": 0.01},
    "absolute-threshold": {"patience": 2, "factor": 0.5, "threshold": 0.05, "thresholdMode": "abs"},
    "relative-threshold": {"patience": 2, "factor": 0.5, "threshold": 0.1},
    "max": {"patience": 2, "factor": 0.5, "mode": "max"},
}


def schedules():
    lr = 0.2
    for name, (schedule, class_name, options) in SCHEDULES.items():
        parameter = nn.Parameter(torch.zeros(1))
        optimizer = torch.optim.SGD([parameter], lr=lr)
        settings = {SCHEDULE_NAMES.get(key, key): value for key, value in options.items()}
        if class_name == "OneCycleLR":
            settings["cycle_momentum"] = False
        scheduler = getattr(torch.optim.lr_scheduler, class_name)(optimizer, **settings)
        values = []
        for _ in range(25):
            values.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if len(values) < 25:
                scheduler.step()
        yield {"schedule": schedule, "name": name, "lr": lr, "options": options, "values": values}

    seed("plateau")
    # Falls, then wanders about a level: the metric of a training run that has stopped learning.
    noise = uniform(-0.05, 0.05, 40).tolist()
    metrics = [round(max(0.3, 1 - 0.1 * k) + noise[k], 3) for k in range(40)]
    for name, options in PLATEAUS.items():
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=lr)
        settings = {SCHEDULE_NAMES.get(key, key): value for key, value in options.items()}
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **settings)
        values = []
        for metric in metrics:
            scheduler.step(metric)
            values.append(optimizer.param_groups[0]["lr"])
        yield {
            "schedule": "reduceOnPlateau",
            "name": f"plateau-{name}",
            "lr": lr,
            "options": options,
            "metrics": metrics,
            "values": values,
        }
