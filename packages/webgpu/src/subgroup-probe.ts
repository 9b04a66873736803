import { bufferUsage, mapRead } from './gpu-flags.js'

const threads = 256

const probe = `enable subgroups;

@group(0) @binding(0) var<storage, read_write> seen: array<vec2<u32>>;

@compute @workgroup_size(${String(threads)})
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) size: u32,
) {
  seen[local] = vec2<u32>(lane, size);
}`

/**
 * How many neighbouring threads exchange registers. WGSL leaves open how subgroups are cut from a workgroup; kernels use
 * them where every subgroup has the same size and takes threads in the order of their index.
 *
 * @param gpuDevice - a device with or without the feature `subgroups`
 * @param info - what is known of its adapter
 * @returns the size of subgroups, or 0 where they cannot be used
 */
export const probeSubgroups = async (gpuDevice: GPUDevice, info: GPUAdapterInfo): Promise<number> => {
  const { subgroupMinSize, subgroupMaxSize } = info
  if (!gpuDevice.features.has('subgroups') || subgroupMinSize !== subgroupMaxSize) return 0
  const bytes = threads * 8
  const seen = gpuDevice.createBuffer({ size: bytes, usage: bufferUsage.storage | bufferUsage.copySource })
  const staging = gpuDevice.createBuffer({ size: bytes, usage: bufferUsage.mapRead | bufferUsage.copyDestination })
  const pipeline = gpuDevice.createComputePipeline({
    label: 'subgroup probe',
    layout: 'auto',
    compute: { module: gpuDevice.createShaderModule({ code: probe }) },
  })
  const encoder = gpuDevice.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  const entries = [{ binding: 0, resource: { buffer: seen } }]
  pass.setBindGroup(0, gpuDevice.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
  pass.dispatchWorkgroups(1)
  pass.end()
  encoder.copyBufferToBuffer(seen, 0, staging, 0, bytes)
  gpuDevice.queue.submit([encoder.finish()])
  await staging.mapAsync(mapRead)
  const results = new Uint32Array(staging.getMappedRange().slice(0))
  seen.destroy()
  staging.destroy()
  const size = results[1] ?? 0
  const isLinear = Array.from({ length: threads }, (_, local) => local).every(
    (local) => results[2 * local] === local % size && results[2 * local + 1] === size,
  )
  const isPowerOfTwo = size > 1 && (size & (size - 1)) === 0
  return isLinear && isPowerOfTwo && size <= threads ? size : 0
}
