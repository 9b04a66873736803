import {
  Adam,
  Linear,
  Sequential,
  Tanh,
  compile,
  crossEntropy,
  currentDevice,
  manualSeed,
  setDevice,
  twoMoons,
} from 'chainrule'

/** Trains a small network, and says what became of it and what ran it. */
export async function train(device, options) {
  await setDevice(device, options)
  manualSeed(1)
  const { points, labels } = twoMoons({ samples: 200, noise: 0.1, seed: 1 })
  const model = new Sequential(new Linear(2, 16), new Tanh(), new Linear(16, 2))
  const optimizer = new Adam(model.parameters(), { lr: 0.05 })
  const step = compile((inputs, targets) => {
    const loss = crossEntropy(model.forward(inputs), targets)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
    return loss
  })
  const losses = []
  for (let count = 0; count < 20; count++) losses.push(await step(points, labels).item())
  // Workers come up while the page does something else.
  const until = performance.now() + 5000
  const description = () => currentDevice().describe()
  while (description().workersUp < description().threads - 1 && performance.now() < until) {
    await step(points, labels).item()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return { first: losses[0], last: losses.at(-1), description: description() }
}
