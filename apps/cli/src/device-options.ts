import { currentDevice, device, setDevice } from 'chainrule'
import { type Command, Option } from 'commander'
import { count } from './option-parsers.js'
import { counted } from './report/format.js'
import { UsageError } from './usage-error.js'

export const deviceNames = ['wasm', 'webgpu', 'reference'] as const

/** Where to compute. */
export interface DeviceChoice {
  readonly device?: (typeof deviceNames)[number]
  readonly threads?: number
  readonly blas?: string
}

/** Adds the options by which a person chooses a device. */
export function addDeviceOptions(command: Command): Command {
  return command
    .addOption(new Option('--device <name>', 'where to compute (default: the fastest CPU device)').choices(deviceNames))
    .option('--threads <count>', 'threads of the wasm device (default: one a core)', count)
    .option('--blas <library>', 'BLAS for matrix products of the wasm device: auto, none, or a path (default: auto)')
}

/**
 * Starts the chosen device.
 *
 * @returns its name, and its threads
 * @throws UsageError for threads or a BLAS of a device that has none to choose
 * @throws DeviceError where it cannot start
 */
export async function startDevice(choice: DeviceChoice): Promise<string> {
  const { threads, blas } = choice
  for (const [option, value] of Object.entries({ threads, blas })) {
    if (value !== undefined && choice.device !== undefined && choice.device !== 'wasm') {
      throw new UsageError(`--${option} goes with --device wasm, not with ${choice.device}.`)
    }
  }
  const name = choice.device ?? (threads === undefined && blas === undefined ? device() : 'wasm')
  await setDevice(name, {
    ...(threads === undefined ? {} : { threads }),
    ...(blas === undefined ? {} : { blas: blas === 'none' ? false : blas }),
  })
  const { threads: used, blas: library, blasPath } = currentDevice().describe()
  return [
    name,
    ...(typeof used === 'number' ? [counted(used, 'thread')] : []),
    ...(blasPath === undefined ? [] : [String(library)]),
  ].join(', ')
}
