import { type Tile, tileText } from './kernels/tile.js'
import { tiles } from './kernels/tiles.js'

/** Changes when choices of earlier versions should not be trusted any more. */
const version = 1

/** Where choices of tiles outlive the process. */
export interface TuningStore {
  /** For people: the file, or the storage of the browser. */
  readonly place: string
  /** The text that was stored last, if there is any. */
  readonly read: () => string | undefined
  /** Replaces it, so that a reader sees the old text or the new one. */
  readonly write: (text: string) => void
}

/** Choices by key. */
export type TileChoices = ReadonlyMap<string, Tile>

/** What JSON may hold: objects of objects of texts. */
interface StoredChoices {
  readonly version: number
  readonly adapters: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a text holds; nothing where it is of another version, cut off or something else. */
const parse = (text: string | undefined): StoredChoices['adapters'] => {
  if (text === undefined) return {}
  try {
    const stored: unknown = JSON.parse(text)
    if (!isRecord(stored) || stored['version'] !== version || !isRecord(stored['adapters'])) return {}
    const adapters = Object.entries(stored['adapters']).map(([adapter, choices]) => {
      const texts = Object.entries(isRecord(choices) ? choices : {}).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      )
      return [adapter, Object.fromEntries(texts)] as const
    })
    return Object.fromEntries(adapters)
  } catch {
    return {}
  }
}

const readAll = (store: TuningStore): StoredChoices['adapters'] => {
  try {
    return parse(store.read())
  } catch {
    return {}
  }
}

/**
 * Choices that an earlier process made for an adapter.
 *
 * @param store - where they lie
 * @param adapter - name of the adapter with its driver
 * @returns tiles by key; none where nothing was stored, or it cannot be understood
 */
export const loadChoices = (store: TuningStore, adapter: string): TileChoices => {
  const choices = new Map<string, Tile>()
  for (const [key, text] of Object.entries(readAll(store)[adapter] ?? {})) {
    const tile = tiles.find((candidate) => tileText(candidate) === text)
    if (tile) choices.set(key, tile)
  }
  return choices
}

/**
 * Adds choices for an adapter to those of all processes. Where nothing can be written they are kept for this one.
 *
 * @param store - where they lie
 * @param adapter - name of the adapter with its driver
 * @param choices - tiles by key
 */
export const saveChoices = (store: TuningStore, adapter: string, choices: TileChoices): void => {
  const adapters = readAll(store)
  const texts = Object.fromEntries([...choices].map(([key, tile]) => [key, tileText(tile)]))
  const stored: StoredChoices = { version, adapters: { ...adapters, [adapter]: { ...adapters[adapter], ...texts } } }
  try {
    store.write(`${JSON.stringify(stored, undefined, 2)}\n`)
  } catch {
    // A read-only home or a full browser storage costs a measurement in the next process, nothing else.
  }
}
