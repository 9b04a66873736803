import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Behaviour } from './behaving.fixture.js'
import { bundlePage } from './bundle-page.js'
import { runPage } from './run-page.js'

const page = fileURLToPath(new URL('./behaving.fixture.ts', import.meta.url))
const run = (behaviour: Behaviour, more = {}) => runPage<unknown>(page, { options: { behaviour }, ...more })

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-browser-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('runPage', { timeout: 180_000 }, () => {
  it.each([true, false])(
    'gives what the page answers, isolated or not (%s), and what it complained about',
    async (isolated) => {
      const { value, errors } = await run('answer', { isolated })
      expect(value).toEqual({ isolated })
      expect(errors).toEqual([{ kind: 'console', text: 'a remark' }])
    },
  )

  it('rejects with the stack of what the page throws, and the last it said', async () => {
    await expect(run('throw')).rejects.toThrow(/Error: this page throws\n.*page\.js:\d+.*about to throw/s)
  })

  it('rejects with what nobody heard', async () => {
    await expect(run('reject unheard')).rejects.toThrow(/unhandled rejection: Error: nobody hears this/)
  })

  it('rejects when the time is up', async () => {
    await expect(run('say nothing', { limit: 2000 })).rejects.toThrow(/no answer within 2000 ms/)
  })

  it('forbids the evaluation of text', async () => {
    await expect(run('evaluate text')).rejects.toThrow(/EvalError/)
  })

  it('says what to do where the Chromium that is named is not there', async () => {
    vi.stubEnv('CHAINRULE_CHROMIUM', '/nowhere/chromium')
    await expect(run('answer')).rejects.toThrow(/got '\/nowhere\/chromium'.*CHAINRULE_CHROMIUM/)
  })

  it('shows what Chromium wrote where it ends at once', async () => {
    const broken = join(newFolder(), 'chromium')
    writeFileSync(broken, '#!/bin/sh\necho a library is missing >&2\nexit 127\n', { mode: 0o755 })
    vi.stubEnv('CHAINRULE_CHROMIUM', broken)
    await expect(run('answer')).rejects.toThrow(/ended before the page answered.*code 127\na library is missing/s)
  })
})

describe('bundlePage', () => {
  it('refuses what only Node.js has', async () => {
    await expect(bundlePage(fileURLToPath(new URL('./archives.ts', import.meta.url)))).rejects.toThrow(
      /Could not resolve "node:fs"/,
    )
  })

  it.each(['chainrule', '@chainrule/tensor/testing'])('bundles %s for browsers', async (name) => {
    const entry = join(newFolder(), 'entry.ts')
    writeFileSync(entry, `export * from '${name}'`)
    expect(await bundlePage(entry)).toMatch(/export \{/)
  })
})
