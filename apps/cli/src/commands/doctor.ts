import { availableParallelism, cpus, totalmem } from 'node:os'
import { currentDevice, setDevice } from 'chainrule'
import type { Command } from 'commander'
import { deviceNames } from '../device-options.js'
import { version } from '../package-version.js'
import { bytes, table, words } from '../report/format.js'

/** Adds `chainrule doctor`. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('Say which devices run here, with which features, and what a missing one costs.')
    .summary('say what this machine offers')
    .action(doctor)
}

async function doctor(): Promise<void> {
  const [processor] = cpus()
  console.log(
    table([
      ['chainrule', version],
      ['node', `${process.version} (${process.platform} ${process.arch})`],
      ['processor', `${processor?.model.trim() ?? 'unknown'}, ${availableParallelism()} threads`],
      ['memory', bytes(totalmem())],
    ]),
  )
  for (const name of deviceNames) {
    console.log(`\n${name}: ${await examine(name)}`)
  }
}

/** What a device says about itself, or why it does not start. */
async function examine(name: (typeof deviceNames)[number]): Promise<string> {
  try {
    await setDevice(name)
  } catch (error) {
    return `does not start\n  ${error instanceof Error ? error.message : String(error)}`
  }
  const device = currentDevice()
  const rows = Object.entries({ ...device.describe(), dtypes: device.features.dtypes.join(', ') })
    .filter(([key]) => key !== 'name')
    .map(([key, value]) => [`  ${words(key)}`, String(value)])
  device.dispose()
  return `runs\n${table(rows)}`
}
