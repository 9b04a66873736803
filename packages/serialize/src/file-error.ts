import { ChainruleError } from '@chainrule/tensor'

/** A file that cannot be opened, read or replaced; `cause` is what the system said. Code `FILE`. */
export class FileError extends ChainruleError {
  /**
   * @param message - operation, path, what went wrong, what to do
   * @param options - `cause`, as for `Error`
   */
  constructor(message: string, options?: ErrorOptions) {
    super('FILE', message, options)
  }
}
