import { activeCapture, activeGradients, applyOne, Tensor, Variable, withoutGradients } from '@chainrule/tensor'

/** Puts the traces of the levels that watch on another handle; to levels that are masked, what is made now is a constant. */
const withTracesOf = (handle: Tensor, tensor: Tensor): Tensor => {
  const levels = activeGradients()
  tensor.eachTrace((trace) => {
    if (levels.includes(trace.recorder)) handle.setTrace(trace)
  })
  return handle
}

/**
 * A handle that stands for a tensor in a function that is differentiated, so that tracking it does not touch the tensor:
 * an op to captures and observers, nothing to levels of differentiation.
 */
export const standIn = (tensor: Tensor): Tensor =>
  withTracesOf(
    withoutGradients(() => applyOne('identity', [tensor], { copy: false })),
    tensor,
  )

/**
 * The tensor as it is now, with its traces: what a tape keeps of it. Another handle, so that neither disposing the tensor nor
 * assigning to a variable changes it; under a capture, where tensors are symbols, only variables need one.
 */
export const snapshot = (tensor: Tensor): Tensor => {
  if (activeCapture() !== undefined) return tensor instanceof Variable ? standIn(tensor) : tensor
  return withTracesOf(new Tensor(tensor, tensor.storageFor('backward'), tensor.home), tensor)
}
