import { GradientError, installGradientPort, installRecorder, isFloating } from '@chainrule/tensor'
import { backward } from './backward.js'
import { baseLevel, leafOf } from './base-level.js'
import { registerHook } from './hooks.js'
import { LeafValue } from './leaf-value.js'

/** Puts the tape under all other recorders and gives tensors their gradient methods. */
installRecorder(baseLevel)
installGradientPort({
  backward,
  registerHook,
  requiresGrad: (tensor) => baseLevel.valueOf(tensor) !== undefined,
  setRequiresGrad: (tensor, value) => {
    const leaf = leafOf(tensor)
    if (!value) {
      if (leaf === undefined && baseLevel.valueOf(tensor) !== undefined) {
        throw new GradientError(
          'requiresGrad: got false for the result of an op, expected a leaf. Use detach() for a tensor without gradient.',
        )
      }
      tensor.dropTrace(baseLevel)
    } else if (baseLevel.valueOf(tensor) === undefined) {
      if (!isFloating(tensor.dtype)) {
        throw new GradientError(
          `requiresGrad: got ${tensor.dtype}, expected a floating dtype. Convert with .to('float32').`,
        )
      }
      baseLevel.track(tensor, new LeafValue(tensor))
    }
  },
  grad: (tensor) => leafOf(tensor)?.gradient,
  setGrad: (tensor, value) => {
    const leaf = leafOf(tensor)
    if (leaf === undefined) {
      throw new GradientError('grad: got a tensor that collects no gradient, expected a leaf. Set requiresGrad first.')
    }
    leaf.gradient = value
  },
})
