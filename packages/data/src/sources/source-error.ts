import { ChainruleError } from '@chainrule/tensor'

/** A file or address that cannot be read. Code `SOURCE`. */
export class SourceError extends ChainruleError {
  /**
   * @param message - operation, what it got, what it expected, what to do
   * @param options - `cause`, as for `Error`
   */
  constructor(message: string, options?: ErrorOptions) {
    super('SOURCE', message, options)
  }
}
