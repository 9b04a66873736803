import { ChainruleError } from './errors.js'

const mark = Symbol.for('@chainrule/tensor')

/** Where this copy of the module lies, without the query that development servers add. */
const here = import.meta.url.replace(/[?#].*$/, '')

const registry = globalThis as { [mark]?: string }

/** Two copies would each have their own devices and recorders and refuse the other's tensors; better to say so at once. */
export const assertSingleCopy = (): void => {
  const other = registry[mark]
  if (other !== undefined && other !== here) {
    throw new ChainruleError(
      'DUPLICATE',
      `@chainrule/tensor: got two copies in one process: ${other} and ${here}, expected one. ` +
        'Align the versions of the @chainrule packages (npm ls @chainrule/tensor) and install again.',
    )
  }
  registry[mark] = here
}
