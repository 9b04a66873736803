/**
 * Words at fixed byte addresses at the beginning of the memory, through which the threads of a device talk. Words that
 * different threads write stand on cache lines of their own.
 */
export const controlBlock = {
  /** Number of the run in progress; workers wait for it to change. The word after it stays 0, so that both are an i64. */
  epoch: 64,
  /** Byte address and length of the command list of the run in progress. */
  list: 128,
  commands: 132,
  /** How many workers sleep until the next run. */
  sleepers: 192,
  /** How many pieces of code are known, and the byte address of the first (a chain of records). */
  codeCount: 256,
  firstCode: 260,
  /** Scratch of thread `t` begins at base + t · stride. */
  scratchBase: 320,
  scratchStride: 324,
  /** Number of a run that is to be given up, because a thread failed. */
  aborted: 384,
  /** Which thread failed, 0 if none, and the length of its message. */
  failed: 388,
  failureLength: 392,
  /** How many workers are up. */
  ready: 448,
  /** How many workers walk a list. */
  active: 512,
  /** Not 0 once workers are to end. */
  stop: 516,
  /** How many workers load a native library; until they have, nobody may end them. */
  loading: 520,
  /** Text of a failure, UTF-16. */
  failureText: 576,
  failureTextBytes: 448,
  /** A byte for each thread, its presence: one of `presence`. */
  up: 1024,
  /** The end: the allocator begins here. */
  end: 1280,
} as const

/**
 * What the main thread knows of a worker: 1 more each time it is asked for a sign of life, which it gives by going back to
 * `up` when it sees a run. Only the first run after some seconds asks, so the words stay where they are.
 */
export const presence = { absent: 0, up: 1, asked: 2, askedTwice: 3 } as const

/** Layout of a command: one phase of one kernel. A command is a cache line, for its claim word is contended. */
export const command = {
  /** i64: number of the run in the high half, chunks not yet taken in the low half. */
  claim: 0,
  /** Chunks that have ended. The word after it stays 0, so that both are an i64. */
  done: 8,
  /** Threads that sleep until every chunk has ended. */
  waiters: 16,
  chunks: 20,
  /** Place of the kernel's code in the function tables. */
  slot: 24,
  parameters: 28,
  phase: 32,
  /** Not 0 where only the main thread may run chunks: those of a library that others may not call. */
  mainOnly: 36,
  bytes: 64,
} as const

/** Layout of a record of code in memory: a header, the slots of the code it uses, then the bytes of the module. */
export const codeRecord = { next: 0, byteLength: 4, uses: 8, header: 12 } as const
