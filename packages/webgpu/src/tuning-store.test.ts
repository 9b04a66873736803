import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { tiles } from './kernels/tiles.js'
import { openDevice } from './open-device.js'
import { Tuner, type TuningRequest } from './tuner.js'
import { findTuningStore } from './tuning-place.js'
import { loadChoices, saveChoices, type TuningStore } from './tuning-store.js'

const [first, second] = tiles
if (!first || !second) throw new RangeError('there are no tiles')

const sizes = { batch: 1, rows: 512, columns: 512, inner: 512 }

let folder = ''

/** The store of a user whose cache folder is empty. */
const found = (): TuningStore => {
  const store = findTuningStore()
  if (!store) throw new RangeError('there is no store')
  return store
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chainrule-tuning-'))
  for (const name of ['XDG_CACHE_HOME', 'LOCALAPPDATA']) vi.stubEnv(name, folder)
  // macOS has no variable for its cache folder.
  vi.stubEnv('HOME', folder)
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
  rmSync(folder, { recursive: true })
})

describe('choices of tiles', () => {
  it('are read back by adapter, and added to those of others', () => {
    expect(loadChoices(found(), 'one').size).toBe(0)
    saveChoices(found(), 'one', new Map([['matmul', first]]))
    saveChoices(found(), 'two', new Map([['matmul', second]]))
    saveChoices(found(), 'one', new Map([['convolution', second]]))
    expect([...loadChoices(found(), 'one')]).toEqual([
      ['matmul', first],
      ['convolution', second],
    ])
    expect(loadChoices(found(), 'two').get('matmul')).toBe(second)
  })

  it('lie in the cache folder of the user, in a file that is replaced as a whole', () => {
    const { place } = found()
    expect(place.startsWith(folder)).toBe(true)
    saveChoices(found(), 'one', new Map([['matmul', first]]))
    saveChoices(found(), 'one', new Map([['matmul', second]]))
    expect(readdirSync(dirname(place))).toEqual(['webgpu-tuning.json'])
    expect(JSON.parse(readFileSync(place, 'utf8'))).toMatchObject({ version: 1 })
  })

  it.each([
    ['cut off', '{"version": 1, "adapters": {"one": {"matm'],
    ['of another version', '{"version": 0, "adapters": {"one": {"matmul": "32x32x16/4x4"}}}'],
    ['something else', '[1, 2]'],
    ['of a tile that is gone', '{"version": 1, "adapters": {"one": {"matmul": "1x1x1/1x1", "other": 3}}}'],
  ])('that are %s are passed over, and written anew', (_, text) => {
    saveChoices(found(), 'one', new Map())
    writeFileSync(found().place, text)
    expect(loadChoices(found(), 'one').size).toBe(0)
    saveChoices(found(), 'one', new Map([['matmul', first]]))
    expect(loadChoices(found(), 'one').get('matmul')).toBe(first)
  })

  it('that cannot be written are no error', () => {
    // A file where the folder should be.
    writeFileSync(join(folder, 'chainrule'), '')
    vi.stubEnv('HOME', join(folder, 'chainrule'))
    expect(() => saveChoices(found(), 'one', new Map([['matmul', first]]))).not.toThrow()
    expect(loadChoices(found(), 'one').size).toBe(0)
  })

  it('lie in the storage of a page in browsers, where it has one', () => {
    const items = new Map<string, string>()
    vi.stubGlobal('document', {})
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, text: string) => items.set(key, text),
    })
    saveChoices(found(), 'one', new Map([['matmul', first]]))
    expect(loadChoices(found(), 'one').get('matmul')).toBe(first)
    expect(items.size).toBe(1)
    vi.stubGlobal('localStorage', undefined)
    expect(findTuningStore()).toBeUndefined()
  })
})

describe('a tuner with a store', () => {
  it('knows what an earlier process measured', () => {
    const tuner = new Tuner('measured here', true, found())
    let request: TuningRequest | undefined
    tuner.chosen('matmul', sizes, (wanted) => (request = wanted))
    if (!request) throw new RangeError('nothing was to be measured')
    tuner.finish(request, new Map([[second, 1]]))
    // Another name has nothing in this process: only the file can know.
    const text = readFileSync(found().place, 'utf8')
    writeFileSync(found().place, text.replace('measured here', 'measured before'))
    expect(new Tuner('measured before', true, found()).chosen('matmul', sizes)).toBe(second)
    expect(new Tuner('never measured', true, found()).chosen('matmul', sizes)).toBeUndefined()
  })
})

describe('a device', () => {
  it('says where it remembers, unless it is told to forget', async () => {
    const remembering = await openDevice()
    expect(remembering.describe()['tuningMemory']).toBe(found().place)
    remembering.dispose()
    for (const tuning of ['forget', 'off'] as const) {
      const device = await openDevice({ tuning })
      expect(device.describe()['tuningMemory']).toBe('this process')
      device.dispose()
    }
    expect(existsSync(found().place)).toBe(false)
  })
})
