import type { DeviceChoice } from '../device-options.js'

/** How a run is carried out, as far as the bits of its result can depend on it; written into checkpoints. */
export interface ExecutionChoice extends DeviceChoice {
  /** Run op by op instead of compiling the whole step. */
  readonly eager: boolean
}

/** What options say about carrying out a run. */
export function chooseExecution({ eager = false, device, threads, blas }: Partial<ExecutionChoice>): ExecutionChoice {
  return {
    eager,
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
    ...(blas === undefined ? {} : { blas }),
  }
}

/**
 * How a run goes on: as before, except for what is given. Threads and BLAS belong to the device they were given for, and do not
 * follow a run to another one.
 */
export function changeExecution(before: ExecutionChoice, given: Partial<ExecutionChoice>): ExecutionChoice {
  const moves = given.device !== undefined && given.device !== (before.device ?? 'wasm')
  return chooseExecution({ ...(moves ? { eager: before.eager } : before), ...given })
}
