import { computeStage } from './gpu-flags.js'
import type { Launch } from './launch.js'
import { type BindingLayout, layoutKey, shaderText } from './shader.js'

/** A pipeline ready to be dispatched. */
export interface Pipeline {
  readonly gpuPipeline: GPUComputePipeline
  readonly groupLayout: GPUBindGroupLayout
  /** Tells bind groups of different layouts apart. */
  readonly layoutKey: string
}

/** Does something with a device and reports what WebGPU says of it later. */
export type Checked = <T>(what: string, action: () => T) => T

/** Pipelines by the key of their launch and the layout of their bindings; sizes are arguments, so few are needed. */
export class Pipelines {
  readonly #gpuDevice: GPUDevice
  readonly #checked: Checked
  readonly #pipelines = new Map<string, Pipeline>()
  readonly #layouts = new Map<string, { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout }>()

  /**
   * @param gpuDevice - where the pipelines are made
   * @param checked - reports errors of their making
   */
  constructor(gpuDevice: GPUDevice, checked: Checked) {
    this.#gpuDevice = gpuDevice
    this.#checked = checked
  }

  /** How many there are. */
  get size(): number {
    return this.#pipelines.size
  }

  /**
   * The pipeline of a dispatch, made where it is not known yet.
   *
   * @param launch - the dispatch
   * @param layout - how its operands share bindings
   * @returns the pipeline
   */
  of(launch: Launch, layout: BindingLayout): Pipeline {
    const key = `${launch.key}|${layoutKey(layout)}`
    const known = this.#pipelines.get(key)
    if (known) return known
    const made = this.#checked(launch.label, () => this.#make(launch, layout))
    this.#pipelines.set(key, made)
    return made
  }

  #make(launch: Launch, layout: BindingLayout): Pipeline {
    const key = layout.writable.map((writable) => (writable ? 'w' : 'r')).join('')
    const layouts = this.#layoutsOf(key, layout.writable)
    const module = this.#gpuDevice.createShaderModule({ label: launch.label, code: shaderText(launch, layout) })
    const gpuPipeline = this.#gpuDevice.createComputePipeline({
      label: launch.label,
      layout: layouts.pipeline,
      compute: { module, entryPoint: 'main' },
    })
    return { gpuPipeline, groupLayout: layouts.group, layoutKey: key }
  }

  #layoutsOf(key: string, writable: readonly boolean[]): { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout } {
    const known = this.#layouts.get(key)
    if (known) return known
    const group = this.#gpuDevice.createBindGroupLayout({
      label: key,
      entries: [
        { binding: 0, visibility: computeStage, buffer: { type: 'uniform', hasDynamicOffset: true } },
        ...writable.map((isWritable, position): GPUBindGroupLayoutEntry => ({
          binding: position + 1,
          visibility: computeStage,
          buffer: { type: isWritable ? 'storage' : 'read-only-storage' },
        })),
      ],
    })
    const layouts = { group, pipeline: this.#gpuDevice.createPipelineLayout({ bindGroupLayouts: [group] }) }
    this.#layouts.set(key, layouts)
    return layouts
  }
}
