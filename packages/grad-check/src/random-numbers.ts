import { philox4x32 } from '@chainrule/tensor'

/**
 * Random numbers of magnitude ½ to 1½ and either sign: directions in which no coordinate is passed over.
 *
 * @param seed - a whole number below 2^32
 * @param stream - different streams of a seed share no numbers
 * @param length - how many
 * @returns the numbers
 */
export const randomNumbers = (seed: number, stream: number, length: number): Float64Array =>
  Float64Array.from({ length }, (_, place) => {
    const [sign, size] = philox4x32([place, stream, 0, 0], [seed, 0])
    return (sign % 2 === 0 ? 1 : -1) * (0.5 + size / 2 ** 32)
  })
