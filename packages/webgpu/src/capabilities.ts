import { DeviceError } from '@chainrule/tensor'

/** What the planner of kernels needs to know of a GPU. */
export interface Capabilities {
  /** Most storage buffers that one dispatch may bind. */
  readonly storageBuffers: number
  /** Most bytes of one binding. */
  readonly bindingBytes: number
  /** Most bytes of one buffer. */
  readonly bufferBytes: number
  /** Most workgroups along one dimension of a dispatch. */
  readonly workgroupsPerDimension: number
  /** Bytes of memory that the threads of a workgroup share. */
  readonly workgroupBytes: number
  /** Most threads of a workgroup. */
  readonly workgroupThreads: number
  /** Whether shaders can store float16. */
  readonly float16: boolean
  /** Threads that exchange registers, in the order of the local index; 0 where that is not known to hold. */
  readonly subgroupSize: number
  /** Whether dispatches can be timed on the GPU. */
  readonly timestamps: boolean
}

/** The limits that every WebGPU device has, and no optional feature. */
export const defaultCapabilities: Capabilities = {
  storageBuffers: 8,
  bindingBytes: 134217728,
  bufferBytes: 268435456,
  workgroupsPerDimension: 65535,
  workgroupBytes: 16384,
  workgroupThreads: 256,
  float16: false,
  subgroupSize: 0,
  timestamps: false,
}

/**
 * Reads the capabilities of a device.
 *
 * @param device - a WebGPU device
 * @param subgroupSize - what a probe found; 0 where subgroups cannot be relied on
 * @returns its limits and features
 */
export const capabilitiesOf = (device: GPUDevice, subgroupSize: number): Capabilities => ({
  storageBuffers: device.limits.maxStorageBuffersPerShaderStage,
  bindingBytes: device.limits.maxStorageBufferBindingSize,
  bufferBytes: device.limits.maxBufferSize,
  workgroupsPerDimension: device.limits.maxComputeWorkgroupsPerDimension,
  workgroupBytes: device.limits.maxComputeWorkgroupStorageSize,
  workgroupThreads: device.limits.maxComputeInvocationsPerWorkgroup,
  float16: device.features.has('shader-f16'),
  subgroupSize,
  timestamps: device.features.has('timestamp-query'),
})

/** Limits without which kernels cannot run, and what they ask for: the defaults of the specification. */
const needed = {
  maxStorageBuffersPerShaderStage: defaultCapabilities.storageBuffers,
  maxComputeInvocationsPerWorkgroup: defaultCapabilities.workgroupThreads,
  maxComputeWorkgroupSizeX: defaultCapabilities.workgroupThreads,
  maxComputeWorkgroupStorageSize: defaultCapabilities.workgroupBytes,
} as const satisfies Partial<Record<keyof GPUSupportedLimits, number>>

/**
 * Refuses devices below the defaults of the specification, as WebGPU's compatibility mode gives them.
 *
 * @param limits - of a device
 * @throws DeviceError that names the limit
 */
export const requireLimits = (limits: GPUSupportedLimits): void => {
  for (const [name, least] of Object.entries(needed) as [keyof typeof needed, number][]) {
    if (limits[name] >= least) continue
    throw new DeviceError(
      `setDevice: got a GPUDevice with ${name} ${String(limits[name])}, expected at least ${String(least)}, the default of ` +
        `WebGPU. Request it from an adapter of the feature level 'core', or use the device 'wasm'.`,
    )
  }
}
