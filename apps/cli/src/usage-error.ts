/** Options that do not go together, or that miss a companion. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
