import { applyOne, narrow, permute, reshape } from '@chainrule/tensor'
import type { GradientRule } from '../gradient-rule.js'
import { sumTo } from '../sum-to.js'

/** The same elements: the same gradient. */
export const identityGradient: GradientRule<'identity'> = { vjp: (_, [gradient]) => [gradient] }

/** The inverse order of axes. */
export const permuteGradient: GradientRule<'permute'> = {
  vjp: ({ attributes: { axes } }, [gradient]) => [
    gradient &&
      permute(
        gradient,
        axes.map((_, axis) => axes.indexOf(axis)),
      ),
  ],
}

/** The old shape. */
export const reshapeGradient: GradientRule<'reshape'> = {
  vjp: ({ inputs: [spec] }, [gradient]) => [gradient && spec && reshape(gradient, spec.shape)],
}

/** Sums over the repeats. */
export const broadcastToGradient: GradientRule<'broadcastTo'> = {
  vjp: ({ inputs: [spec] }, [gradient]) => [gradient && spec && sumTo(gradient, spec.shape)],
}

/** Back to the places that were taken, zeros elsewhere. */
export const sliceGradient: GradientRule<'slice'> = {
  vjp: ({ attributes: { starts, steps }, inputs: [spec] }, [gradient]) => [
    gradient && spec && applyOne('pad', [gradient], { shape: spec.shape, before: starts, steps, value: 0 }),
  ],
}

/** The places that the input went to. */
export const padGradient: GradientRule<'pad'> = {
  vjp: ({ attributes: { before, steps }, inputs: [spec] }, [gradient]) => [
    gradient && spec && applyOne('slice', [gradient], { starts: before, lengths: spec.shape, steps }),
  ],
}

/** Each input's own part. */
export const concatGradient: GradientRule<'concat'> = {
  vjp: ({ attributes: { axis }, inputs, needs }, [gradient]) => {
    let start = 0
    return inputs.map(({ shape }, place) => {
      const length = shape[axis] ?? 0
      start += length
      return gradient && needs[place] ? narrow(gradient, axis, start - length, length) : undefined
    })
  },
}
