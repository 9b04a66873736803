import type { TuningStore } from './tuning-store.js'

const storageKey = 'chainrule webgpu tuning'

/** The folder for caches of the user, by the conventions of each system. */
const cacheFolder = (
  platform: string,
  home: string,
  { XDG_CACHE_HOME, LOCALAPPDATA }: Readonly<Record<string, string | undefined>>,
): string => {
  if (platform === 'win32') return LOCALAPPDATA ?? `${home}\\AppData\\Local`
  if (platform === 'darwin') return `${home}/Library/Caches`
  return XDG_CACHE_HOME !== undefined && XDG_CACHE_HOME !== '' ? XDG_CACHE_HOME : `${home}/.cache`
}

/** A file in the user's cache folder, written to a temporary file first, which then takes its place. */
const fileStore = (): TuningStore | undefined => {
  if (typeof process !== 'object' || !('getBuiltinModule' in process)) return undefined
  const files = process.getBuiltinModule('node:fs')
  const paths = process.getBuiltinModule('node:path')
  const { homedir } = process.getBuiltinModule('node:os')
  const folder = paths.join(cacheFolder(process.platform, homedir(), process.env), 'chainrule')
  const place = paths.join(folder, 'webgpu-tuning.json')
  return {
    place,
    read: () => (files.existsSync(place) ? files.readFileSync(place, 'utf8') : undefined),
    write: (text) => {
      files.mkdirSync(folder, { recursive: true })
      const temporary = `${place}.${String(process.pid)}`
      files.writeFileSync(temporary, text)
      files.renameSync(temporary, place)
    },
  }
}

/** The storage of a browser's page; workers have none, and a page may be refused its own. */
const browserStore = (): TuningStore | undefined => {
  try {
    const { localStorage } = globalThis as { localStorage?: Pick<Storage, 'getItem' | 'setItem'> }
    if (!localStorage) return undefined
    return {
      place: `localStorage, '${storageKey}'`,
      read: () => localStorage.getItem(storageKey) ?? undefined,
      write: (text) => localStorage.setItem(storageKey, text),
    }
  } catch {
    return undefined
  }
}

/**
 * Where this machine, or this browser, remembers choices of tiles.
 *
 * @returns undefined where there is no such place
 */
export const findTuningStore = (): TuningStore | undefined =>
  typeof document === 'object' ? browserStore() : fileStore()
