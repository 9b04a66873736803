/**
 * Base of every error that chainrule throws on purpose. The message has the form
 * `Name: operation: what was got, what was expected. What to do.`
 *
 * @example
 * ```ts
 * import { ChainruleError, tensor, matmul } from '@chainrule/tensor'
 * try {
 *   matmul(tensor([[1, 2]]), tensor([[1, 2]]))
 * } catch (error) {
 *   if (error instanceof ChainruleError) console.log(error.code) // 'SHAPE'
 * }
 * ```
 */
export class ChainruleError extends Error {
  /** Short, stable, upper-case name of the kind of failure, for programs. */
  readonly code: string

  /**
   * @param code - short, stable, upper-case name of the kind of failure
   * @param message - operation, what it got, what it expected, what to do
   * @param options - `cause`, as for `Error`
   */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.name = new.target.name
  }
}

/** Shapes, sizes or axes that do not fit each other. Code `SHAPE`. */
export class ShapeError extends ChainruleError {
  /** @param message - operation, what it got, what it expected, what to do */
  constructor(message: string) {
    super('SHAPE', message)
  }
}

/** A dtype that the operation does not take. Code `DTYPE`. */
export class DTypeError extends ChainruleError {
  /** @param message - operation, what it got, what it expected, what to do */
  constructor(message: string) {
    super('DTYPE', message)
  }
}

/** An argument outside its domain: an option, a count, a probability. Code `ARGUMENT`. */
export class ArgumentError extends ChainruleError {
  /** @param message - operation, what it got, what it expected, what to do */
  constructor(message: string) {
    super('ARGUMENT', message)
  }
}

/** An index outside its axis. Code `INDEX`. */
export class IndexError extends ChainruleError {
  /** @param message - operation, what it got, what it expected, what to do */
  constructor(message: string) {
    super('INDEX', message)
  }
}

/** Use of a tensor whose memory was released, or of a poisoned variable. Code `DISPOSED`. */
export class DisposedError extends ChainruleError {
  /** @param message - operation, what it got, what it expected, what to do */
  constructor(message: string) {
    super('DISPOSED', message)
  }
}

/** A device that is missing, lost, mixed with another, or cannot do what was asked. Code `DEVICE`. */
export class DeviceError extends ChainruleError {
  /**
   * @param message - operation, what it got, what it expected, what to do
   * @param options - `cause`, as for `Error`
   */
  constructor(message: string, options?: ErrorOptions) {
    super('DEVICE', message, options)
  }
}

/** A device ran out of memory. Code `MEMORY`. */
export class OutOfMemoryError extends ChainruleError {
  /** @param message - the request, what is live, the largest holders, what to do */
  constructor(message: string) {
    super('MEMORY', message)
  }
}

/** Misuse of gradients: no graph, a graph used twice, a missing seed. Code `GRADIENT`. */
export class GradientError extends ChainruleError {
  /** @param message - operation, what it got, what it expected, what to do */
  constructor(message: string) {
    super('GRADIENT', message)
  }
}

/** Something that cannot be captured into a program, or a program misused. Code `CAPTURE`. */
export class CaptureError extends ChainruleError {
  /** @param message - operation, what it got, what it expected, what to do */
  constructor(message: string) {
    super('CAPTURE', message)
  }
}

/** Misuse of scopes. Code `SCOPE`. */
export class ScopeError extends ChainruleError {
  /** @param message - operation, what it got, what it expected, what to do */
  constructor(message: string) {
    super('SCOPE', message)
  }
}

/** Data in a file or buffer that breaks its format. Code `FORMAT`. */
export class FormatError extends ChainruleError {
  /**
   * @param message - operation, what it got, what it expected, what to do
   * @param options - `cause`, as for `Error`
   */
  constructor(message: string, options?: ErrorOptions) {
    super('FORMAT', message, options)
  }
}

/** A state dict that does not fit its module or optimizer; lists every difference at once. Code `STATE`. */
export class StateDictError extends ChainruleError {
  /** @param message - operation, every difference, what to do */
  constructor(message: string) {
    super('STATE', message)
  }
}
