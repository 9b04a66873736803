import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundlePage } from '../../../scripts/browser/bundle-page.js'
import type { StartUpReport } from './testing/start-up.js'

let folder: string
let program: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chainrule-start-up-'))
  program = join(folder, 'start-up.mjs')
  await writeFile(program, await bundlePage(fileURLToPath(new URL('./testing/start-up.ts', import.meta.url))))
})

afterAll(() => rm(folder, { recursive: true }))

const startUp = async (): Promise<StartUpReport> => {
  const { stdout } = await promisify(execFile)(process.execPath, [program])
  return JSON.parse(stdout) as StartUpReport
}

/** What the kernels of a first step may take in all, in milliseconds, on a machine with nothing else to do. */
const bar = 100

/** Other tests run meanwhile, on every core, and cold code is slowest then: processes took four times as long. */
const slack = 5

describe('the first training step of a process', { timeout: 180_000 }, () => {
  it('has its kernels ready soon', async () => {
    let report = await startUp()
    // A process may be held up by others: the fastest of some counts.
    for (let more = 0; more < 7 && report.compileMilliseconds > bar; more++) {
      const other = await startUp()
      if (other.compileMilliseconds < report.compileMilliseconds) report = other
    }
    const { importMilliseconds, stepMilliseconds, compileMilliseconds, modules } = report
    console.log(
      `wasm start-up: ${modules} modules in ${compileMilliseconds.toFixed(0)} ms (bar: ${bar}), ` +
        `imports ${importMilliseconds.toFixed(0)} ms, device and first step ${stepMilliseconds.toFixed(0)} ms`,
    )
    expect(compileMilliseconds).toBeLessThan(slack * bar)
  })

  it('is the last that compiles anything, whatever the batch size', async () => {
    const { loss, modules, eagerModules, compiledModules } = await startUp()
    // Ten classes, and a network that knows nothing yet: about ln 10.
    expect(Math.abs(loss - Math.log(10))).toBeLessThan(0.2)
    expect(modules).toBeGreaterThan(10)
    expect(eagerModules).toEqual({ 128: 0, 37: 0, 1: 0, 200: 0 })
    expect(compiledModules).toEqual({ 128: expect.any(Number) as number, 37: 0, 1: 0, 200: 0 })
  })
})
