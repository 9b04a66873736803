import { setDevice } from '@chainrule/tensor'
import { runSamples, type SampleCounts } from '@chainrule/tensor/testing'
import { answerTest } from '../../../../../scripts/browser/page.js'
import { compareGradients } from '../../../../../scripts/op-samples/compare-gradients.js'
import '../../register.js'

/** What the page answers. */
export interface OpSamplesReport {
  readonly values: SampleCounts
  readonly gradients: SampleCounts
}

await answerTest(async (): Promise<OpSamplesReport> => {
  await setDevice('webgpu')
  const values = await runSamples('webgpu', { flushesSubnormals: true })
  const gradients = await compareGradients('webgpu', { flushesSubnormals: true })
  return { values, gradients }
})
