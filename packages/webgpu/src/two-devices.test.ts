import { compile } from '@chainrule/compiler'
import { ones, setDevice, type Tensor, tensor } from '@chainrule/tensor'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import './index.js'
import { requestDevice } from './request-device.js'

const opened: GPUDevice[] = []

/** Makes another webgpu device the one on which tensors are made. */
const another = async (): Promise<GPUDevice> => {
  const { gpuDevice } = await requestDevice()
  opened.push(gpuDevice)
  await setDevice('webgpu', { gpuDevice })
  return gpuDevice
}

afterEach(() => {
  for (const gpuDevice of opened.splice(0)) gpuDevice.destroy()
})
afterAll(() => setDevice('reference'))

describe('tensors of two webgpu devices', () => {
  it('do not mix, and both can still be read', async () => {
    await another()
    const first = tensor([1, 2, 3])
    await another()
    const second = tensor([4, 5, 6])
    const refusal =
      'add: got tensors on two devices named webgpu, expected one device. Read one with await data() and make it anew'
    expect(() => first.add(second)).toThrow(refusal)
    expect(() => first.to('webgpu')).toThrow(
      /^to: got a tensor on webgpu, which computes asynchronously.*await data\(\)/,
    )
    expect(await Promise.all([first.data(), second.data()])).toEqual([
      new Float32Array([1, 2, 3]),
      new Float32Array([4, 5, 6]),
    ])
  })

  it('and of a CPU device: the advice is the way that works', async () => {
    await another()
    const gpu = tensor([1, 2])
    const cpu = tensor([3, 4], { device: 'reference' })
    const refusal = "expected one device. Move one with .to('webgpu')."
    expect(() => gpu.add(cpu)).toThrow(refusal)
    expect(() => cpu.add(gpu)).toThrow(refusal)
    expect(await cpu.to('webgpu').add(gpu).toArray()).toEqual([4, 6])
  })
})

describe('a compiled step whose device is destroyed', () => {
  it('rejects what is under way, says why it cannot go on, and is captured anew on the next device', async () => {
    const lost = await another()
    const step = compile((x: Tensor) => x.mul(2).add(1).sum())
    const own = compile(() => ones([3]).sum())
    const x = ones([8, 8])
    expect(await own().item()).toBe(3)
    expect(await step(x).item()).toBe(192)
    const pending = step(x).item()
    lost.destroy()
    await expect(pending).rejects.toThrow(/the GPU device was lost/)
    expect(() => step(x)).toThrow(/the GPU device was lost.*setDevice\('webgpu'\) again/)
    await another()
    expect(await step(ones([8, 8])).item()).toBe(192)
    expect(step.stats().captures).toBe(2)
    expect(await own().item()).toBe(3)
    expect(() => ones([8, 8]).add(x)).toThrow(/^add: webgpu: the GPU device was lost/)
    step.dispose()
    own.dispose()
  })
})
