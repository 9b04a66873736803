/**
 * The arrows between the packages: which others each may import. An arrow reaches further down: what autograd may
 * import, layers may too.
 */
export const arrows = {
  tensor: [],
  wasm: ['tensor'],
  blas: ['wasm'],
  webgpu: ['tensor'],
  autograd: ['tensor'],
  compiler: ['tensor'],
  layers: ['autograd'],
  losses: ['tensor'],
  optimizers: ['autograd'],
  'grad-check': ['autograd'],
  data: ['tensor'],
  serialize: ['tensor'],
  umbrella: [
    'tensor',
    'wasm',
    'webgpu',
    'autograd',
    'compiler',
    'layers',
    'losses',
    'optimizers',
    'grad-check',
    'data',
    'serialize',
  ],
}

/** The folder names of every package that the one in folder `name` stands on. */
export function below(name) {
  return [...new Set(arrows[name].flatMap((lower) => [lower, ...below(lower)]))]
}
