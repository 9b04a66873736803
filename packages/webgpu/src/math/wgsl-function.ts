/** A WGSL function that generated kernels may call, with those that it calls itself. */
export interface WgslFunction {
  readonly name: string
  readonly needs: readonly WgslFunction[]
  readonly source: string
}

/**
 * The text of functions and of all they need, each once, callees first.
 *
 * @param functions - what a kernel calls
 * @returns WGSL, empty without functions
 */
export const functionsText = (functions: Iterable<WgslFunction>): string => {
  const placed = new Set<WgslFunction>()
  const place = (wanted: WgslFunction): void => {
    if (placed.has(wanted)) return
    for (const needed of wanted.needs) place(needed)
    placed.add(wanted)
  }
  for (const wanted of functions) place(wanted)
  return [...placed].map(({ source }) => `${source.trim()}\n`).join('\n')
}
