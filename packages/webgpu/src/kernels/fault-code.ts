import { type ArgumentField, faultsMemory, type LaunchOperand } from '../launch.js'
import type { NamedCodes } from './thread-launch.js'

/** The record of faults, as words that several threads may write. */
export const faultsOperand: LaunchOperand = {
  name: 'faults',
  memory: faultsMemory,
  dtype: 'bool',
  lanes: 1,
  writes: true,
  atomic: true,
}

/** The number under which a launch notes its fault. */
export const faultField: ArgumentField = { name: 'fault', type: 'u32', fault: true }

/** WGSL of `is_index(index: i32) -> bool`, which notes the first index outside the axis. */
export const indexCheckCode = (code: NamedCodes): string => {
  const { variable } = code('faults').binding
  return `
fn is_index(index: i32) -> bool {
  if (index >= 0i && index < i32(args.axis)) { return true; }
  if (atomicLoad(&${variable}[0]) == 0u) {
    atomicStore(&${variable}[0], args.fault);
    atomicStore(&${variable}[1], bitcast<u32>(index));
    atomicStore(&${variable}[2], args.axis);
  }
  return false;
}
`
}
