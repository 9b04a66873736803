"""PyTorch on the same GPU: float32 with TF32 off; the cases of gpu.ts. Prints a JSON object a line."""

import json
import time

import torch
import torch.nn.functional as F

torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
device = "cuda"
print(json.dumps({"case": "device", "name": torch.cuda.get_device_name(), "torch": torch.__version__}))


def measure(run, batch, repeats=5):
    times = []
    for _ in range(repeats + 2):
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(batch):
            run()
        torch.cuda.synchronize()
        times.append((time.perf_counter() - start) / batch * 1000)
    return sorted(times[2:])[repeats // 2]


x = torch.zeros(1 << 26, device=device)
t = measure(lambda: x + 1, 20)
print(json.dumps({"case": "copy", "median_ms": t, "GBps": (1 << 26) * 8 / t / 1e6}))
for size in (256, 512, 1024, 2048, 4096, 8192):
    a, b = torch.rand(size, size, device=device), torch.rand(size, size, device=device)
    t = measure(lambda: a @ b, max(4, min(100, round(2e11 / size**3))))
    print(json.dumps({"case": f"matmul-{size}-nn", "median_ms": t, "GFLOPs": 2 * size**3 / t / 1e6}))
x = torch.rand(4096, 1024, device=device)
print(json.dumps({"case": "softmax", "median_ms": measure(lambda: F.softmax(x, -1), 100)}))
print(json.dumps({"case": "layer-norm", "median_ms": measure(lambda: F.layer_norm(x, (1024,)), 100)}))
print(json.dumps({"case": "sum-axis-0", "median_ms": measure(lambda: x.sum(0), 100)}))


def train(name, model, inputs, targets):
    model = model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def step():
        optimizer.zero_grad()
        F.cross_entropy(model(inputs), targets).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    print(json.dumps({"case": name, "median_ms": measure(step, 20)}))


nn = torch.nn
labels = lambda n, k: torch.randint(k, (n,), device=device)
train("W1", nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10)),
      torch.rand(128, 784, device=device), labels(128, 10))
train("W2", nn.Sequential(nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(),
                          nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 10)),
      torch.rand(64, 1, 28, 28, device=device), labels(64, 10))
