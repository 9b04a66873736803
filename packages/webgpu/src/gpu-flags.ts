/**
 * Flags of the WebGPU specification. Browsers have them as globals, Node does not, so they are written out.
 *
 * @see https://www.w3.org/TR/webgpu/#namespacedef-gpubufferusage
 */
export const bufferUsage = {
  mapRead: 0x0001,
  copySource: 0x0004,
  copyDestination: 0x0008,
  uniform: 0x0040,
  storage: 0x0080,
  queryResolve: 0x0200,
} as const

/** `GPUMapMode.READ`. */
export const mapRead = 0x0001

/** `GPUShaderStage.COMPUTE`. */
export const computeStage = 0x4
