import type { Device } from './device.js'
import { ArgumentError, DeviceError } from './errors.js'
import { guard } from './recorder.js'
import { ReferenceDevice } from './reference/reference-device.js'

/** Options of `setDevice`; each device reads its own. */
export interface DeviceOptions {
  /** Worker threads of the CPU device, counting the main one; default the machine's cores. */
  readonly threads?: number
  /**
   * Native library for matrix products of the CPU device: `'auto'` (the default) takes one that `@chainrule/blas` finds, if that
   * package is imported; a path takes that one; `false` takes none.
   */
  readonly blas?: 'auto' | false | (string & {})
  /** A WebGPU device that the caller already has (`GPUDevice`). */
  readonly gpuDevice?: unknown
  /** Which adapter WebGPU should prefer. */
  readonly powerPreference?: 'low-power' | 'high-performance'
  /**
   * WebGPU measures which of several kernels with identical results is the fastest on a GPU: `remember` (the default) keeps
   * what it found for later processes, in the user's cache folder or the browser's storage, `forget` for this process
   * only, `off` does not measure.
   */
  readonly tuning?: 'remember' | 'forget' | 'off'
  /** Told when the device is lost, with the reason. */
  readonly onLost?: (reason: string) => void
}

/** How a device package makes its device. */
export interface DeviceFactory {
  readonly name: string
  /** Starts the device at once, where that is possible; needed to be a default. */
  readonly startSync?: (options: DeviceOptions) => Device
  /** Starts the device. */
  readonly start: (options: DeviceOptions) => Promise<Device>
}

const reference: DeviceFactory = {
  name: 'reference',
  startSync: () => new ReferenceDevice(),
  start: () => Promise.resolve(new ReferenceDevice()),
}

const factories = new Map<string, DeviceFactory>([[reference.name, reference]])
const running = new Map<string, Device>()
let current: Device | undefined

/** Preference among the devices that can start at once. */
const preference = ['wasm', 'reference']

/** Devices that packages of their own bring. */
const devicePackages = ['wasm', 'webgpu']

/** Makes a device known by name; device packages call it when they are imported. */
export const registerDevice = (factory: DeviceFactory): void => {
  factories.set(factory.name, factory)
}

/** Whether a name is a device's rather than a dtype's. */
export const isDeviceName = (name: string): boolean => factories.has(name) || devicePackages.includes(name)

const factoryNamed = (name: string): DeviceFactory => {
  const factory = factories.get(name)
  if (factory === undefined) {
    throw new DeviceError(
      `setDevice: got '${name}', expected one of ${[...factories.keys()].map((known) => `'${known}'`).join(', ')}. ` +
        (devicePackages.includes(name)
          ? `Import the package of the device first: import '@chainrule/${name}'.`
          : 'Check the name.'),
    )
  }
  return factory
}

/** The running device of a name, started if it can start at once. */
export const deviceNamed = (name: string): Device => {
  const known = running.get(name)
  if (known !== undefined) return known
  const factory = factoryNamed(name)
  if (factory.startSync === undefined) {
    throw new DeviceError(
      `to: got '${name}', which is not started, expected a running device. await setDevice('${name}').`,
    )
  }
  const started = factory.startSync({})
  running.set(name, started)
  return started
}

/**
 * Makes a device the one on which new tensors are made.
 *
 * @param name - `'wasm'`, `'webgpu'` or `'reference'`
 * @param options - threads, BLAS, an existing GPUDevice; given options start the device anew
 * @throws DeviceError when the device is unknown or cannot start
 *
 * @example
 * ```ts
 * import { device, setDevice } from '@chainrule/tensor'
 * await setDevice('reference')
 * console.log(device()) // 'reference'
 * ```
 */
export const setDevice = async (
  name: 'wasm' | 'webgpu' | 'reference' | (string & {}),
  options: DeviceOptions = {},
): Promise<void> => {
  const factory = factoryNamed(name)
  if (options.threads !== undefined && (!Number.isInteger(options.threads) || options.threads < 1)) {
    throw new ArgumentError(`setDevice: got threads ${options.threads}, expected a whole number of at least 1.`)
  }
  const known = running.get(name)
  if (known !== undefined && Object.keys(options).length === 0) {
    current = known
    return
  }
  const started = await factory.start(options)
  running.set(name, started)
  current = started
}

/**
 * Name of the device on which new tensors are made: `wasm` once its package is imported, else `reference`.
 *
 * @returns the name
 */
export const device = (): string => currentDevice().name

/** The device object on which new tensors are made, started if need be; a program made here is for that device only. */
export const currentDevice = (): Device => guard('device', presentDevice)

const presentDevice = (): Device => {
  if (current === undefined) {
    const name = preference.find((candidate) => factories.get(candidate)?.startSync !== undefined)
    current = deviceNamed(name ?? 'reference')
  }
  return current
}

/**
 * Forgets a device that was lost, so that `setDevice` starts it anew. Until then it stays the current one, if it was: its own
 * errors say what became of it, where another device would take over in silence.
 *
 * @param lost - the device
 */
export const forgetDevice = (lost: Device): void => {
  for (const [name, known] of running) if (known === lost) running.delete(name)
}
