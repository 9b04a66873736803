import { type Tensor, tensor } from './index.js'

/** How an array is made of nothing but the places in it, see scripts/golden/README.md. */
export type Recipe = { readonly shape: readonly number[]; readonly seed: number } & (
  | { readonly values: 'signed'; readonly exponent: number }
  | { readonly values: 'unit' }
  | { readonly values: 'classes'; readonly classes: number }
)

/** Chris Wellons' lowbias32 (https://github.com/skeeto/hash-prospector). */
function mix(bits: number): number {
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d)
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** The number at a place, from 32 bits that look random: one that float32 holds, or a whole one. */
function numberAt(recipe: Recipe, place: number): number {
  const bits = mix(mix(place) ^ recipe.seed)
  switch (recipe.values) {
    case 'signed':
      return ((bits >>> 8) - 2 ** 23) * 2 ** (recipe.exponent - 23)
    case 'unit':
      return (bits >>> 8) * 2 ** -24
    case 'classes':
      return bits % recipe.classes
  }
}

/** The array of a recipe, flat. */
export function hashed(recipe: Recipe): Float32Array | Int32Array {
  const size = recipe.shape.reduce((product, length) => product * length, 1)
  const data = recipe.values === 'classes' ? new Int32Array(size) : new Float32Array(size)
  for (let place = 0; place < size; place++) data[place] = numberAt(recipe, place)
  return data
}

/** The parts of an array along its first axis, a tensor each. */
export function hashedParts(recipe: Recipe): Tensor[] {
  const [count = 0, ...shape] = recipe.shape
  const data = hashed(recipe)
  const size = data.length / count
  return Array.from({ length: count }, (_, part) => tensor(data.slice(part * size, (part + 1) * size), { shape }))
}
