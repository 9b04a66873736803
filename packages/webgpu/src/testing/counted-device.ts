import { requestDevice } from '../request-device.js'

/** What a GPUDevice and its queue were asked for, counted from outside. */
export interface Counts {
  pipelines: number
  bindGroups: number
  buffers: number
  bufferBytes: number
  submits: number
  dispatches: number
}

/** A GPUDevice whose calls are counted. */
export interface CountedDevice {
  readonly gpuDevice: GPUDevice
  readonly counts: Counts
  /** What was asked for while something ran. */
  readonly during: (action: () => unknown) => Promise<Counts>
}

/** Replaces a method of an object by one that also tells of each call. */
const listen = <T extends object, K extends keyof T>(
  target: T,
  method: K,
  heard: (...given: unknown[]) => void,
): void => {
  const original = target[method] as (...given: unknown[]) => unknown
  const replaced = (...given: unknown[]): unknown => {
    heard(...given)
    return original.apply(target, given)
  }
  Object.defineProperty(target, method, { value: replaced })
}

/** Like `listen`, but hands on what the call gives. */
const watch = <T extends object, K extends keyof T, R>(target: T, method: K, made: (result: R) => void): void => {
  const original = target[method] as (...given: unknown[]) => R
  const replaced = (...given: unknown[]): R => {
    const result = original.apply(target, given)
    made(result)
    return result
  }
  Object.defineProperty(target, method, { value: replaced })
}

/**
 * Wraps a GPUDevice and its GPUQueue.
 *
 * @param gpuDevice - a new one without it
 * @returns the same device, and what is asked of it from now on
 */
export const countedDevice = async (gpuDevice?: GPUDevice): Promise<CountedDevice> => {
  const device = gpuDevice ?? (await requestDevice()).gpuDevice
  const counts: Counts = { pipelines: 0, bindGroups: 0, buffers: 0, bufferBytes: 0, submits: 0, dispatches: 0 }
  listen(device, 'createComputePipeline', () => counts.pipelines++)
  listen(device, 'createBindGroup', () => counts.bindGroups++)
  listen(device, 'createBuffer', (descriptor) => {
    counts.buffers++
    counts.bufferBytes += (descriptor as GPUBufferDescriptor).size
  })
  listen(device.queue, 'submit', () => counts.submits++)
  watch(device, 'createCommandEncoder', (encoder: GPUCommandEncoder) => {
    watch(encoder, 'beginComputePass', (pass: GPUComputePassEncoder) => {
      listen(pass, 'dispatchWorkgroups', () => counts.dispatches++)
    })
  })
  const during = async (action: () => unknown): Promise<Counts> => {
    const before = { ...counts }
    await action()
    const difference = { ...counts }
    for (const key of Object.keys(before) as (keyof Counts)[]) difference[key] -= before[key]
    return difference
  }
  return { gpuDevice: device, counts, during }
}
