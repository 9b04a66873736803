"""Runs one layer forward and backward in PyTorch and writes down its state, values and gradients."""

import torch

from encoding import Input, Output, argument, normal, optional_tensor, seed, tensor, tensors, uniform


def fill(module):
    """
    Short decimals in place of the initial values: float32 and float64 start alike, and nothing is left at the
    special values 0 and 1 where a forgotten weight or statistic would not show.
    """
    with torch.no_grad():
        for name, value in [*module.named_parameters(), *module.named_buffers()]:
            last = name.split(".")[-1]
            if last == "num_batches_tracked":
                value.fill_(3)
            elif last == "running_var" or (value.dim() == 1 and "weight" in last):
                value.copy_(uniform(0.5, 1.5, *value.shape))
            else:
                value.copy_(normal(*value.shape, scale=0.5))
    return module


class LayerCases:
    def __init__(self):
        self.cases = []
        self.names = set()

    def add(
        self,
        layer,
        name,
        make_module,
        constructor_arguments,
        inputs,
        arguments=(Input(0),),
        call=None,
        returns=Output(0),
        training=True,
        fixed=(),
    ):
        """
        inputs: a function that makes the input tensors; arguments: JavaScript's arguments of forward; call: how
        PyTorch is called with the inputs (default: all in order); fixed: floating inputs without a gradient.
        """
        full_name = f"{layer}-{name}"
        if full_name in self.names:
            raise ValueError(f"two cases are called {full_name}")
        self.names.add(full_name)
        for dtype in (torch.float64, torch.float32):
            seed(full_name)
            module = fill(make_module().to(torch.float64)).to(dtype).train(training)
            leaves = [value.to(dtype) if value.is_floating_point() else value for value in inputs()]
            for place, leaf in enumerate(leaves):
                leaf.requires_grad_(leaf.is_floating_point() and place not in fixed)
            state = tensors(module.state_dict())

            result = (call or (lambda module, *x: module(*x)))(module, *leaves)
            outputs = [result] if isinstance(result, torch.Tensor) else list(result)
            output_gradients = [torch.randint(-20, 21, output.shape).to(dtype) / 8 for output in outputs]
            parameters = dict(module.named_parameters())
            wanted = [leaf for leaf in leaves if leaf.requires_grad]
            found = torch.autograd.grad(
                outputs, [*wanted, *parameters.values()], output_gradients, allow_unused=True
            ) if wanted or parameters else ()
            gradients = iter(found[: len(wanted)])
            after = tensors(module.state_dict())

            self.cases.append(
                {
                    "layer": layer,
                    "name": full_name + ("" if dtype == torch.float64 else "-float32"),
                    "dtype": "float64" if dtype == torch.float64 else "float32",
                    "constructorArguments": argument(constructor_arguments),
                    "training": training,
                    "state": state,
                    "inputs": [tensor(leaf) for leaf in leaves],
                    "arguments": argument(list(arguments)),
                    "returns": argument(returns),
                    "outputs": [tensor(output) for output in outputs],
                    "outputGradients": [tensor(gradient) for gradient in output_gradients],
                    "gradients": [tensor(next(gradients)) if leaf.requires_grad else None for leaf in leaves],
                    "parameterGradients": {
                        key: optional_tensor(value) for key, value in zip(parameters, found[len(wanted) :])
                    },
                    "stateAfter": {key: value for key, value in after.items() if value != state[key]},
                }
            )
