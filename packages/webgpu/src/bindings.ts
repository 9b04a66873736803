import type { PooledBuffer } from './buffer-pool.js'
import type { Checked, Pipeline } from './pipelines.js'
import type { BindingLayout } from './shader.js'

/** A stretch of a buffer. */
export interface BufferWindow {
  readonly buffer: PooledBuffer
  readonly byteOffset: number
  readonly byteLength: number
}

/** Windows that a dispatch binds, and which operand sees which. */
export interface ResolvedBindings {
  readonly layout: BindingLayout
  readonly windows: readonly BufferWindow[]
}

/**
 * Shares one binding among operands in the same window, and lets every binding of a buffer write when one does.
 *
 * @param operands - window of each operand, and whether the shader writes it
 * @returns the bindings
 */
export const resolveBindings = (
  operands: readonly { readonly window: BufferWindow; readonly writes: boolean }[],
): ResolvedBindings => {
  const written = new Set<PooledBuffer>()
  for (const { window, writes } of operands) if (writes) written.add(window.buffer)
  const windows: BufferWindow[] = []
  const bindingOf = operands.map(({ window }) => {
    const known = windows.findIndex(
      ({ buffer, byteOffset, byteLength }) =>
        buffer === window.buffer && byteOffset === window.byteOffset && byteLength === window.byteLength,
    )
    return known >= 0 ? known : windows.push(window) - 1
  })
  return { layout: { bindingOf, writable: windows.map(({ buffer }) => written.has(buffer)) }, windows }
}

/** Groups beyond this many are dropped, the oldest first: changing shapes would gather them without end. */
const mostGroups = 16384

/** Bind groups by layout and windows: a step that goes through the same buffers again makes none. */
export class BindGroups {
  readonly #gpuDevice: GPUDevice
  readonly #checked: Checked
  readonly #argumentBlock: GPUBuffer
  /** The group made longest ago first. */
  readonly #groups = new Map<string, { readonly group: GPUBindGroup; readonly windows: readonly BufferWindow[] }>()
  /** Keys of the groups that hold a buffer. */
  readonly #keysOf = new Map<number, Set<string>>()

  /**
   * @param gpuDevice - where the groups are made
   * @param argumentBlock - the uniform buffer that holds the arguments of dispatches
   * @param checked - reports errors of their making
   */
  constructor(gpuDevice: GPUDevice, argumentBlock: GPUBuffer, checked: Checked) {
    this.#gpuDevice = gpuDevice
    this.#argumentBlock = argumentBlock
    this.#checked = checked
  }

  /** How many there are. */
  get size(): number {
    return this.#groups.size
  }

  /**
   * The group of a dispatch, made where it is not known yet.
   *
   * @param label - what the dispatch does
   * @param pipeline - its pipeline
   * @param argumentBytes - size of its arguments
   * @param windows - what it binds
   * @returns the group
   */
  of(label: string, pipeline: Pipeline, argumentBytes: number, windows: readonly BufferWindow[]): GPUBindGroup {
    let key = `${pipeline.layoutKey}${String(argumentBytes)}`
    for (const { buffer, byteOffset, byteLength } of windows) {
      key += `,${String(buffer.id)}:${String(byteOffset)}:${String(byteLength)}`
    }
    const known = this.#groups.get(key)
    if (known) return known.group
    const group = this.#checked(label, () =>
      this.#gpuDevice.createBindGroup({
        label,
        layout: pipeline.groupLayout,
        entries: [
          { binding: 0, resource: { buffer: this.#argumentBlock, offset: 0, size: argumentBytes } },
          ...windows.map(({ buffer, byteOffset, byteLength }, position) => ({
            binding: position + 1,
            resource: { buffer: buffer.gpuBuffer, offset: byteOffset, size: byteLength },
          })),
        ],
      }),
    )
    this.#groups.set(key, { group, windows })
    for (const { buffer } of windows) {
      const keys = this.#keysOf.get(buffer.id)
      if (keys) keys.add(key)
      else this.#keysOf.set(buffer.id, new Set([key]))
    }
    if (this.#groups.size > mostGroups) {
      const oldest = this.#groups.keys().next()
      if (oldest.done !== true) this.#drop(oldest.value)
    }
    return group
  }

  /** Drops the groups that hold a buffer, before it is destroyed. */
  forget(buffer: PooledBuffer): void {
    for (const key of this.#keysOf.get(buffer.id) ?? []) this.#drop(key)
    this.#keysOf.delete(buffer.id)
  }

  #drop(key: string): void {
    const dropped = this.#groups.get(key)
    this.#groups.delete(key)
    for (const { buffer } of dropped?.windows ?? []) this.#keysOf.get(buffer.id)?.delete(key)
  }
}
