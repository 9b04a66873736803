import { registerDevice, setDevice } from '@chainrule/tensor'
import { WasmDevice, type WasmDeviceOptions } from '../wasm-device.js'

/**
 * Makes a device with options that `setDevice` does not take the current one.
 *
 * @param options - of the device
 * @returns the device, which the caller disposes of
 */
export const useWasmDevice = async (options: WasmDeviceOptions): Promise<WasmDevice> => {
  const made = new WasmDevice(options)
  registerDevice({ name: 'wasm', start: () => Promise.resolve(made) })
  // Options start the device anew.
  await setDevice('wasm', { threads: options.threads ?? 1 })
  return made
}
