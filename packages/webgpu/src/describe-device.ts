import type { OpenedDevice } from './webgpu-device.js'

const mebibytes = (bytes: number): string => `${String(Math.floor(bytes / 2 ** 20))} MiB`

/** Name of an adapter, for people and to remember measurements by. */
export const adapterName = (info: GPUAdapterInfo | undefined): string => {
  const parts = [info?.vendor, info?.architecture, info?.device, info?.description]
  return parts.filter((text) => text !== undefined && text !== '').join(' ') || 'unknown'
}

/**
 * What was found and what it means for speed.
 *
 * @param opened - an open device
 * @param tunedProducts - sizes of products whose tiles were measured
 * @param tuningPlace - where the choices outlive the process
 * @returns text by name
 */
export const describeDevice = (
  { info, capabilities }: OpenedDevice,
  tunedProducts: number,
  tuningPlace: string | undefined,
): Readonly<Record<string, string | number | boolean>> => ({
  name: 'webgpu',
  adapter: adapterName(info),
  software: info?.isFallbackAdapter ?? false,
  largestBuffer: mebibytes(capabilities.bufferBytes),
  largestBinding: mebibytes(capabilities.bindingBytes),
  storageBuffersPerKernel: capabilities.storageBuffers,
  workgroupMemory: `${String(capabilities.workgroupBytes / 1024)} KiB`,
  float16: capabilities.float16,
  subgroups: capabilities.subgroupSize === 0 ? 'not used' : capabilities.subgroupSize,
  timestamps: capabilities.timestamps,
  tunedProducts,
  tuningMemory: tuningPlace ?? 'this process',
})
