/** A run that a person has stopped. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
}
