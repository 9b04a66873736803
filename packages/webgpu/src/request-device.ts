import { DeviceError } from '@chainrule/tensor'

/** Which adapter to ask for. */
export interface RequestDeviceOptions {
  /** `high-performance` (the default) or `low-power`, where a machine has both. */
  readonly powerPreference?: GPUPowerPreference
  /** Asks for no more than the limits and features that every WebGPU device has. */
  readonly defaultsOnly?: boolean
}

/** A device, with the entry point that it came from. */
export interface RequestedDevice {
  readonly gpuDevice: GPUDevice
  readonly info: GPUAdapterInfo
}

const wantedFeatures = ['shader-f16', 'subgroups', 'timestamp-query'] as const satisfies readonly GPUFeatureName[]

/** Limits that are asked for as high as the adapter goes; the others stay at the specification's defaults. */
const wantedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const satisfies readonly (keyof GPUSupportedLimits)[]

/**
 * Dawn's entry point in Node. It is kept for the life of the process: Dawn's devices fail once it is collected. An
 * idle one does not keep the process running.
 */
let dawn: GPU | undefined

const whatToDo =
  'In Node, install the npm package `webgpu` and a Vulkan, Metal or Direct3D 12 driver; in a browser, use one with ' +
  'WebGPU and a secure page. The devices `wasm` and `reference` need no GPU.'

/**
 * The npm package with Dawn, where there is Node.js to load it. A constant name would not do: bundlers for browsers fold it
 * into the import, and then fail to resolve it.
 */
const dawnPackage = (): string | undefined => {
  const { process } = globalThis as { readonly process?: { readonly versions?: { readonly node?: string } } }
  return process?.versions?.node === undefined ? undefined : 'webgpu'
}

const findGpu = async (): Promise<GPU> => {
  if (typeof navigator === 'object' && 'gpu' in navigator && (navigator.gpu as GPU | undefined)) return navigator.gpu
  const name = dawnPackage()
  if (name === undefined) {
    throw new DeviceError(`setDevice: got a browser without navigator.gpu, expected WebGPU. ${whatToDo}`)
  }
  if (dawn) return dawn
  try {
    // The comments keep bundlers from warning of an import that they cannot follow.
    const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as {
      create(options: string[]): GPU
    }
    dawn = module.create([])
    return dawn
  } catch (cause) {
    throw new DeviceError(`setDevice: the npm package \`webgpu\` could not be loaded. ${whatToDo}`, { cause })
  }
}

/**
 * Asks for a GPU with every limit and feature that helps and that the adapter has.
 *
 * @param options - which adapter to prefer
 * @returns the device and what is known of its adapter
 * @throws DeviceError where there is no WebGPU or no adapter
 */
export const requestDevice = async ({
  powerPreference = 'high-performance',
  defaultsOnly = false,
}: RequestDeviceOptions = {}): Promise<RequestedDevice> => {
  const gpu = await findGpu()
  const adapter = await gpu.requestAdapter({ powerPreference })
  if (!adapter) throw new DeviceError(`setDevice: WebGPU found no adapter. ${whatToDo}`)
  const requiredFeatures = defaultsOnly ? [] : wantedFeatures.filter((feature) => adapter.features.has(feature))
  const limits = defaultsOnly ? [] : wantedLimits
  const requiredLimits = Object.fromEntries(limits.map((limit) => [limit, adapter.limits[limit]]))
  const gpuDevice = await adapter.requestDevice({ requiredFeatures, requiredLimits, label: 'chainrule' })
  return { gpuDevice, info: adapter.info }
}
