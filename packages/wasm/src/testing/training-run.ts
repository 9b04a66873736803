import '@chainrule/autograd'
import { compile } from '@chainrule/compiler'
import { LayerNorm, Linear, Sequential, Tanh } from '@chainrule/layers'
import { crossEntropy } from '@chainrule/losses'
import { clipGradNorm, SGD } from '@chainrule/optimizers'
import { manualSeed, randint, randn, scope, type Tensor } from '@chainrule/tensor'

/**
 * Losses of a small training run on the current device: eager steps, then compiled ones, with products that are worth
 * sharing between threads.
 *
 * @returns the losses, exact
 */
export const trainingRun = async (): Promise<number[]> => {
  manualSeed(5)
  const network = new Sequential(new Linear(96, 160), new LayerNorm(160), new Tanh(), new Linear(160, 10))
  const optimizer = new SGD(network.parameters(), { lr: 0.1, momentum: 0.9 })
  const images = randn([128, 96])
  const labels = randint(0, 10, [128])
  const step = (input: Tensor, target: Tensor): Tensor => {
    optimizer.zeroGrad()
    const loss = crossEntropy(network.forward(input), target)
    loss.backward()
    clipGradNorm(network.parameters(), 1)
    optimizer.step()
    return loss
  }
  const compiled = compile(step)
  const losses: number[] = []
  for (let count = 0; count < 20; count++) {
    const loss = scope(() => (count < 10 ? step(images, labels) : compiled(images, labels)))
    losses.push(Number(await loss.item()))
    loss.dispose()
  }
  compiled.dispose()
  for (const tensor of [images, labels]) tensor.dispose()
  return losses
}
