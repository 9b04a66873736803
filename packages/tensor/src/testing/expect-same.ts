import type { Tensor } from '../tensor.js'
import { expectClose, NotCloseError } from './expect-close.js'
import { toleranceOf } from './tolerance.js'

/** Where two lists first hold other numbers, else −1: NaN is NaN, but 0 is not −0. */
const firstDifference = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  for (let place = 0; place < expected.length; place++) if (!Object.is(actual[place], expected[place])) return place
  return -1
}

const show = (value: number | undefined): string => (Object.is(value, -0) ? '-0' : String(value))

/**
 * Compares a tensor with one that was computed in another way on the same device.
 *
 * @param actual - what was computed
 * @param expected - what it should be
 * @param how - `bits`: every bit; `regrouped`: sums may have been added up in another order, and nothing else
 * @param label - what is compared, for the message
 * @throws NotCloseError when shape, dtype or numbers differ
 */
export const expectSame = (actual: Tensor, expected: Tensor, how: 'bits' | 'regrouped', label: string): void => {
  const [got, wanted] = [actual, expected].map(({ dtype, shape }) => `${dtype}[${shape.join()}]`)
  if (got !== wanted) throw new NotCloseError(`${label}: got ${got}, expected ${wanted}`)
  const [values, numbers] = [actual.dataSync(), expected.dataSync()]
  if (how === 'bits') {
    const place = firstDifference(values, numbers)
    if (place >= 0) {
      throw new NotCloseError(
        `${label}[${place}]: got ${show(values[place])}, expected ${show(numbers[place])}, bit for bit`,
      )
    }
    return
  }
  const sizes = Array.from(numbers, Math.abs).filter(Number.isFinite)
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0)
  expectClose(values, numbers, toleranceOf(actual.dtype, 'contraction', largest), label)
}
