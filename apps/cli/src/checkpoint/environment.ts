import { currentDevice } from 'chainrule'
import { version } from '../package-version.js'

/** What a run ran on: with the same seed, the same environment gives the same bits. */
export interface Environment {
  readonly chainrule: string
  readonly node: string
  /** Operating system and processor architecture, as Node.js names them. */
  readonly platform: string
  readonly device: string
  /** What the device says of itself: threads and instructions; name, version, kernel and threads of a native library. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
}

/** What changes while a device works; the rest of its description says how it computes. */
const counters = new Set([
  'workersUp',
  'memoryBytes',
  'liveBytes',
  'compiledModules',
  'compileMilliseconds',
  'blasCalls',
])

/** The environment of this process, with the device that is current. */
export function currentEnvironment(): Environment {
  const device = currentDevice()
  const settings = Object.entries(device.describe()).filter(([name]) => !counters.has(name))
  return {
    chainrule: version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    device: device.name,
    settings: Object.fromEntries(settings),
  }
}
