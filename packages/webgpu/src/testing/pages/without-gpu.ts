import { device, setDevice, tensor } from '@chainrule/tensor'
import { answerTest } from '../../../../../scripts/browser/page.js'
import '../../register.js'

/** What the page answers. */
export interface WithoutGpuReport {
  /** What `setDevice` said in a browser without WebGPU, and in one without an adapter. */
  readonly errors: readonly string[]
  /** The device that goes on, and what it computes. */
  readonly device: string
  readonly values: readonly number[]
}

const start = async (gpu: unknown): Promise<string> => {
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true })
  return await setDevice('webgpu').then(() => 'no error', String)
}

await answerTest(async (): Promise<WithoutGpuReport> => {
  await setDevice('reference')
  const errors = [await start(undefined), await start({ requestAdapter: () => Promise.resolve(null) })]
  const values = await tensor([1, 2]).mul(2).data()
  return { errors, device: device(), values: [...values] }
})
