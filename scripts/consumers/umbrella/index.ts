import { Linear, SGD, Sequential, Tanh, type Tensor, manualSeed, mseLoss, tensor } from 'chainrule'

manualSeed(1)
const model = new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1))
const optimizer = new SGD(model.parameters(), { lr: 0.1 })
const inputs: Tensor = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
])
const targets: Tensor = tensor([[0], [1], [1], [0]])

async function step(): Promise<number> {
  const loss = mseLoss(model.forward(inputs), targets)
  optimizer.zeroGrad()
  loss.backward()
  optimizer.step()
  return await loss.item()
}

const first = await step()
let last = first
for (let count = 1; count < 10; count++) last = await step()
if (!(last < first)) throw new Error(`ten steps lower the loss, but it went from ${first} to ${last}`)
