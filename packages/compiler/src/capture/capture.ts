import { mapTensors, refuseAsync, type Tensor, tensorsIn, Variable, withRecorder } from '@chainrule/tensor'
import { CaptureRecorder } from './capture-recorder.js'
import type { Captured } from './captured.js'

/** Runs a function abstractly and gives its graph; everything it changed is rolled back, also when it throws. */
export const capture = (run: (...args: unknown[]) => unknown, args: readonly unknown[]): Captured => {
  const recorder = new CaptureRecorder()
  let position = 0
  const stand = (tensor: Tensor): Tensor =>
    tensor instanceof Variable ? tensor : recorder.argument(tensor, position++)
  return withRecorder(recorder, () => {
    try {
      const result = run(...args.map((argument) => mapTensors(argument, stand)))
      refuseAsync('compile', result)
      const tensors = tensorsIn(result).filter((tensor) => tensor.isAbstract)
      return {
        nodes: recorder.nodes,
        sources: recorder.sources,
        result,
        results: tensors.map((tensor) => recorder.valueOf(tensor)),
        assigned: recorder.assigned,
        places: recorder.finalPlaces(),
        host: recorder.host,
        slots: recorder.slots,
        slotCount: recorder.slotCount,
        guards: recorder.guards,
      }
    } finally {
      recorder.rollBack()
    }
  })
}
