import type { WasmDevice } from '../wasm-device.js'
import { runProbe } from './launch-probe.js'

/**
 * Waits until all workers of a device are up: tests that are about them need that, the device never does.
 *
 * @param device - the device; the probe runs on it once, to start them
 * @returns how many came up within thirty seconds
 */
export const workersUp = async (device: WasmDevice): Promise<number> => {
  const up = (): number => Number(device.describe()['workersUp'])
  runProbe(device, 2)
  for (let wait = 0; wait < 3000 && up() !== device.threads - 1; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return up()
}
