import { ArgumentError } from '@chainrule/tensor'

/**
 * Refuses noise that is no standard deviation.
 *
 * @param noise - the standard deviation
 * @param operation - who asks, for messages
 */
export const checkNoise = (noise: number, operation: string): void => {
  if (!(noise >= 0 && Number.isFinite(noise))) {
    throw new ArgumentError(
      `${operation}: got noise ${noise}, expected a finite number of at least 0. Give for example 0.1.`,
    )
  }
}
