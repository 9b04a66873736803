import { currentDevice, device, setDevice } from 'chainrule'
import { type Command, Option } from 'commander'
import { count } from './option-parsers.js'
import { UsageError } from './usage-error.js'

export const deviceNames = ['wasm', 'webgpu', 'reference'] as const

/** Where to compute. */
export interface DeviceChoice {
  readonly device?: (typeof deviceNames)[number]
  readonly threads?: number
}

/** Adds the options by which a person chooses a device. */
export function addDeviceOptions(command: Command): Command {
  return command
    .addOption(new Option('--device <name>', 'where to compute (default: the fastest CPU device)').choices(deviceNames))
    .option('--threads <count>', 'threads of the wasm device (default: one a core)', count)
}

/**
 * Starts the chosen device.
 *
 * @returns its name, and its threads
 * @throws UsageError for threads of a device that has none to choose
 * @throws DeviceError where it cannot start
 */
export async function startDevice(choice: DeviceChoice): Promise<string> {
  const { threads } = choice
  if (threads !== undefined && choice.device !== undefined && choice.device !== 'wasm') {
    throw new UsageError(`--threads goes with --device wasm, not with ${choice.device}.`)
  }
  const name = choice.device ?? (threads === undefined ? device() : 'wasm')
  await setDevice(name, threads === undefined ? {} : { threads })
  const { threads: used } = currentDevice().describe()
  return typeof used === 'number' ? `${name}, ${used} ${used === 1 ? 'thread' : 'threads'}` : name
}
