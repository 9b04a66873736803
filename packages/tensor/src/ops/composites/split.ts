import { applyOne } from '../../apply.js'
import type { Composite } from '../../composite.js'
import type { Tensor } from '../../tensor.js'
import { full } from '../creation.js'

/** Sizes of the pieces along an axis, from the front. */
export interface SplitOptions {
  readonly axis: number
  readonly sizes: readonly number[]
}

const pieces = (x: Tensor, { axis, sizes }: SplitOptions): readonly Tensor[] => {
  let end = 0
  return sizes.map((length) => {
    end += length
    return applyOne('slice', [x], {
      starts: x.shape.map((_, place) => (place === axis ? end - length : 0)),
      lengths: x.shape.map((size, place) => (place === axis ? length : size)),
      steps: x.shape.map(() => 1),
    })
  })
}

/**
 * The pieces of a tensor along an axis, as views. Its gradient is one concatenation; that of a slice each would pad every
 * piece to the whole size, which for the steps of a sequence is quadratic in its length.
 */
export const splitComposite: Composite<SplitOptions> = {
  name: 'split',
  meaning: ([x], options) => (x === undefined ? [] : pieces(x, options)),
  saves: { inputs: [], outputs: [] },
  vjp: ({ options: { axis, sizes } }, gradients) => {
    const known = gradients.find((gradient) => gradient !== undefined)
    if (known === undefined) return [undefined]
    const { dtype, device } = known
    const zeros = (length: number): Tensor =>
      full(
        known.shape.map((size, place) => (place === axis ? length : size)),
        0,
        { dtype, device },
      )
    return [
      applyOne(
        'concat',
        sizes.map((length, place) => gradients[place] ?? zeros(length)),
        { axis },
      ),
    ]
  },
  jvp: ({ options }, [tangent]) =>
    tangent === undefined ? options.sizes.map(() => undefined) : pieces(tangent, options),
}
