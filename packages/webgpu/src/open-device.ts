import { ArgumentError, DeviceError, type DeviceOptions } from '@chainrule/tensor'
import { capabilitiesOf, requireLimits } from './capabilities.js'
import { requestDevice } from './request-device.js'
import { probeSubgroups } from './subgroup-probe.js'
import { findTuningStore } from './tuning-place.js'
import { WebgpuDevice, type WebgpuDeviceOptions } from './webgpu-device.js'

/** What `setDevice('webgpu', …)` takes. */
export interface OpenDeviceOptions extends WebgpuDeviceOptions {
  /** A device that the caller already has; it is not destroyed with ours. */
  readonly gpuDevice?: unknown
  /** Which adapter to prefer, where a machine has two. */
  readonly powerPreference?: GPUPowerPreference
  /** What to do with measurements of the fastest tiles. */
  readonly tuning?: DeviceOptions['tuning']
}

const isGpuDevice = (value: unknown): value is GPUDevice =>
  typeof value === 'object' &&
  value !== null &&
  ['createBuffer', 'createComputePipeline', 'pushErrorScope'].every(
    (method) => typeof (value as Record<string, unknown>)[method] === 'function',
  ) &&
  'queue' in value &&
  'limits' in value

/** Whether a device was lost or destroyed already. */
const isLost = (gpuDevice: GPUDevice): Promise<boolean> =>
  Promise.race([
    gpuDevice.lost.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 0)),
  ])

/**
 * Opens a GPU.
 *
 * @param options - an existing GPUDevice, or which adapter to prefer; whom to tell of a loss
 * @returns the device
 * @throws ArgumentError for something that is no GPUDevice
 * @throws DeviceError where there is no adapter, or the given device was destroyed or has limits below the defaults
 */
export const openDevice = async (
  options: OpenDeviceOptions & Pick<DeviceOptions, 'onLost'> = {},
): Promise<WebgpuDevice> => {
  const { gpuDevice: given, powerPreference, tuning = 'remember' } = options
  const tuningStore = tuning === 'remember' ? findTuningStore() : undefined
  const settings = {
    ...options,
    ...(tuning === 'off' ? { tune: false } : {}),
    ...(tuningStore ? { tuningStore } : {}),
  }
  if (given === undefined) {
    const { gpuDevice, info } = await requestDevice(powerPreference === undefined ? {} : { powerPreference })
    requireLimits(gpuDevice.limits)
    const capabilities = capabilitiesOf(gpuDevice, await probeSubgroups(gpuDevice, info))
    return new WebgpuDevice({ gpuDevice, capabilities, info, isForeign: false }, settings)
  }
  if (!isGpuDevice(given)) {
    throw new ArgumentError(
      `setDevice: got ${typeof given} as gpuDevice, expected a GPUDevice of WebGPU. Pass what adapter.requestDevice() gives.`,
    )
  }
  if (await isLost(given)) {
    throw new DeviceError(
      'setDevice: got a GPUDevice that was destroyed or lost, expected a live one. Request a new one.',
    )
  }
  requireLimits(given.limits)
  const info = (given as { adapterInfo?: GPUAdapterInfo }).adapterInfo
  const capabilities = capabilitiesOf(given, info ? await probeSubgroups(given, info) : 0)
  return new WebgpuDevice({ gpuDevice: given, capabilities, info, isForeign: true }, settings)
}
