import assert from 'node:assert/strict'
import { Linear, SGD, Sequential, Tanh, device, manualSeed, mseLoss, tensor } from 'chainrule'

assert.equal(device(), 'wasm', 'importing the umbrella registers the CPU device')

manualSeed(1)
const model = new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1))
const optimizer = new SGD(model.parameters(), { lr: 0.1 })
const inputs = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
])
const targets = tensor([[0], [1], [1], [0]])

const losses = []
for (let step = 0; step < 10; step++) {
  const loss = mseLoss(model.forward(inputs), targets)
  optimizer.zeroGrad()
  loss.backward()
  optimizer.step()
  losses.push(await loss.item())
}
assert.ok(losses[9] < losses[0], `ten steps lower the loss: ${losses.join(', ')}`)
