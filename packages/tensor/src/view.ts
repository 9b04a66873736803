/** How a tensor lies in its storage: sizes, steps and start, all counted in elements. */
export interface View {
  /** Size of each axis. */
  readonly shape: readonly number[]
  /** Elements between neighbours along each axis; 0 repeats (broadcast), negative runs backwards. */
  readonly strides: readonly number[]
  /** Elements before the first one. */
  readonly offset: number
}

/** How a kernel walks one operand over its index space: a step per axis of the space, and a start, in elements. */
export interface Access {
  /** Elements between neighbours along each axis of the kernel's index space. */
  readonly strides: readonly number[]
  /** Elements before the first one. */
  readonly offset: number
}
