import type { Factor } from './factor.js'
import { type Tile, tileThreads } from './tile.js'

const laneNames = ['x', 'y', 'z', 'w'] as const

/** Vectors of four in a line of a tile; one is spare where lines are written across, against bank conflicts. */
export const lineVectors = (outer: number, factor: Factor): number =>
  outer / 4 + (factor.contiguous === 'inner' ? 1 : 0)

/** One factor of a product and its part of the tile. */
export interface Side {
  readonly name: 'a' | 'b'
  readonly factor: Factor
  readonly outer: number
  readonly first: string
}

/** Text of a thread's share in moving a piece of a factor: declarations, loads into registers, stores into the tile. */
export interface Transfer {
  readonly declarations: readonly string[]
  readonly loads: readonly string[]
  readonly stores: readonly string[]
}

/**
 * More loads a thread than this stand in a loop. Those of aligned matrices, which are short, are always written out:
 * registers that a loop numbers may end up in slow memory. Gathered elements are long code, which software adapters
 * compile slowly.
 */
const fewLoads = (isVector: boolean): number => (isVector ? 4 : 2)

/**
 * Writes how a thread moves its share of the pieces of a factor.
 *
 * @param side - the factor
 * @param tile - how the product is cut
 * @param type - of elements in registers
 * @param held - of elements in workgroup memory
 * @returns the text
 */
export const transfer = ({ name, factor, outer, first }: Side, tile: Tile, type: string, held: string): Transfer => {
  const threads = tileThreads(tile)
  const { contiguous, isVector, placeType } = factor
  const unit = isVector ? 4 : 1
  const count = (outer * tile.inner) / unit / threads
  const perLine = `${String((contiguous === 'outer' ? outer : tile.inner) / unit)}u`
  const line = `${String(lineVectors(outer, factor))}u`
  const loaded = isVector ? `vec4<${type}>` : type
  const kept = (text: string, isWhole: boolean): string =>
    held === type ? text : isWhole ? `vec4<${held}>(${text})` : `${held}(${text})`
  const isLooped = count > fewLoads(isVector)
  const list = (text: string): string => (isLooped ? `array<${text}, ${String(count)}>` : text)
  /** Text for one load, by the names of its registers and of its coordinates in the piece. */
  const share = (each: string, index: string) => {
    const id = isLooped ? `${name}[${each}]` : `${name}${index}`
    const flat = isLooped
      ? `(local + ${each} * ${String(threads)}u)`
      : index === '0'
        ? 'local'
        : `(local + ${String(Number(index) * threads)}u)`
    const along = `${flat} % ${perLine}${isVector ? ' * 4u' : ''}`
    const across = `${flat} / ${perLine}`
    const [outerAt, innerAt] = contiguous === 'outer' ? [along, across] : [across, along]
    const [o, k] = isLooped ? ['outer', 'inner'] : [`outer_${name}${index}`, `inner_${name}${index}`]
    const stores =
      isVector && contiguous === 'outer'
        ? [`tile_${name}[${k} * ${line} + ${o} / 4u] = ${kept(`next_${id}`, true)};`]
        : isVector
          ? laneNames.map(
              (lane, at) =>
                `tile_${name}[(${k} + ${String(at)}u) * ${line} + ${o} / 4u][${o} % 4u] = ${kept(`next_${id}.${lane}`, false)};`,
            )
          : [`tile_${name}[${k} * ${line} + ${o} / 4u][${o} % 4u] = ${kept(`next_${id}`, false)};`]
    return {
      coordinates: [`let ${o} = ${outerAt};`, `let ${k} = ${innerAt};`],
      outerCoordinate: `let ${o} = ${outerAt};`,
      place: `place_${id} = place_of_${name}(batch, ${first} + ${o});`,
      load: `next_${id} = load_${name}(place_${id}, ${first} + ${o}, at + ${k}, end, whole);`,
      stores,
    }
  }
  if (isLooped) {
    const { coordinates, outerCoordinate, place, load, stores } = share('each', '')
    const loop = (body: readonly string[]): string[] => [
      `for (var each = 0u; each < ${String(count)}u; each++) {`,
      ...body.map((text) => `  ${text}`),
      '}',
    ]
    return {
      declarations: [
        `var place_${name}: ${list(placeType)};`,
        `var next_${name}: ${list(loaded)};`,
        ...loop([outerCoordinate, place]),
      ],
      loads: loop([...coordinates, load]),
      stores: loop([...coordinates, ...stores]),
    }
  }
  const shares = Array.from({ length: count }, (_, each) => share('', String(each)))
  return {
    declarations: shares.flatMap(({ coordinates, place }, each) => [
      ...coordinates,
      `let ${place}`,
      `var next_${name}${String(each)}: ${loaded};`,
    ]),
    loads: shares.map(({ load }) => load),
    stores: shares.flatMap(({ stores }) => stores),
  }
}
