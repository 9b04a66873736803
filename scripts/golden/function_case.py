"""Runs one call of a function (an op or a loss) in PyTorch and writes down its values and gradients."""

import torch

from encoding import Input, Output, argument, optional_tensor, seed, tensor


class FunctionCases:
    """Collects the cases of one file. `key` is what the function is called there: `op` or `loss`."""

    def __init__(self, key):
        self.key = key
        self.cases = []
        self.names = set()

    def add(self, function, name, inputs, compute, arguments, returns=None, fixed=(), dtype=torch.float64):
        """
        inputs: tensors, or a function that makes them (called after seeding by the name); arguments: the JavaScript
        argument list; returns: the shape of the JavaScript result (default: one tensor, or a list of them);
        fixed: places of floating inputs that take no gradient; dtype: of all floating inputs.
        """
        full_name = f"{function}-{name}" if name else function
        if dtype == torch.float32:
            full_name += "-float32"
        if full_name in self.names:
            raise ValueError(f"two cases are called {full_name}")
        self.names.add(full_name)
        seed(full_name)

        made = inputs() if callable(inputs) else inputs
        leaves = []
        for place, value in enumerate(made):
            value = value.to(dtype) if value.is_floating_point() else value.clone()
            if value.is_floating_point() and place not in fixed:
                value = value.detach().clone().requires_grad_()
            leaves.append(value)

        result = compute(*leaves)
        outputs = [result] if isinstance(result, torch.Tensor) else list(result)
        if returns is None:
            returns = Output(0) if isinstance(result, torch.Tensor) else [Output(k) for k in range(len(outputs))]

        output_gradients = [
            None if output.grad_fn is None else torch.randint(-20, 21, output.shape).to(output.dtype) / 8
            for output in outputs
        ]
        differentiable = [k for k, gradient in enumerate(output_gradients) if gradient is not None]
        wanted = [k for k, leaf in enumerate(leaves) if leaf.requires_grad] if differentiable else []
        gradients = [None] * len(leaves)
        if wanted:
            found = torch.autograd.grad(
                [outputs[k] for k in differentiable],
                [leaves[k] for k in wanted],
                [output_gradients[k] for k in differentiable],
                allow_unused=True,
            )
            for place, gradient in zip(wanted, found):
                gradients[place] = gradient

        self.cases.append(
            {
                self.key: function,
                "name": full_name,
                "inputs": [tensor(leaf) for leaf in leaves],
                "arguments": argument(arguments),
                "returns": argument(returns),
                "outputs": [tensor(output) for output in outputs],
                "outputGradients": [optional_tensor(gradient) for gradient in output_gradients],
                "gradients": [optional_tensor(gradient) for gradient in gradients],
            }
        )


X = Input(0)
Y = Input(1)
Z = Input(2)
