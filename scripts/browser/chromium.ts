import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unpackedFolder } from './archives.js'

/** A browser that can be started. */
interface Browser {
  readonly executable: string
  readonly environment: Readonly<Record<string, string>>
}

const whatToDo =
  'Run npm ci on Linux x64, which brings @sparticuz/chromium, or name a Chromium or Chrome in CHAINRULE_CHROMIUM.'

/** The Chromium that is named, else the one of the npm package, with the libraries that it would miss on a bare machine. */
const findBrowser = (): Browser => {
  const { CHAINRULE_CHROMIUM: named, LD_LIBRARY_PATH } = process.env
  if (named !== undefined) {
    if (!existsSync(named)) throw new Error(`CHAINRULE_CHROMIUM: got '${named}', where there is no file. ${whatToDo}`)
    return { executable: named, environment: {} }
  }
  // SwiftShader is found beside the executable.
  const folder = unpackedFolder('chromium', 'swiftshader')
  const libraries = unpackedFolder('libraries')
  if (folder === undefined || libraries === undefined) throw new Error(`there is no Chromium to test in. ${whatToDo}`)
  const path = LD_LIBRARY_PATH === undefined ? libraries : `${libraries}:${LD_LIBRARY_PATH}`
  return { executable: join(folder, 'chromium'), environment: { LD_LIBRARY_PATH: path } }
}

/** A Chromium that runs. */
export interface RunningChromium {
  /** Ends when the browser does, with what it wrote; never rejects. */
  readonly ended: Promise<string>
  /** What it has written so far. */
  readonly output: () => string
  /** Ends it with everything it started, and removes its profile. */
  readonly stop: () => Promise<void>
}

const flags = [
  '--headless',
  // The pages are our own, and containers seldom allow the sandbox.
  '--no-sandbox',
  // Containers often give /dev/shm 64 MiB only.
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-extensions',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--mute-audio',
  '--enable-unsafe-webgpu',
]

const killGroup = ({ pid }: ChildProcess): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/**
 * Starts Chromium without a window at an address, with a new profile.
 *
 * @param address - of the page
 * @returns the browser
 * @throws Error where there is no Chromium
 */
export const startChromium = (address: string): RunningChromium => {
  const { executable, environment } = findBrowser()
  const profile = mkdtempSync(join(tmpdir(), 'chainrule-chromium-'))
  const adapter = process.env['CHAINRULE_ADAPTER'] === 'system' ? [] : ['--use-webgpu-adapter=swiftshader']
  const child = spawn(executable, [...flags, ...adapter, `--user-data-dir=${profile}`, address], {
    // A group of its own, so that its helper processes end with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, HOME: profile, ...environment },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-20_000)))
  }
  const killIt = (): void => killGroup(child)
  process.once('exit', killIt)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`${executable} could not be started: ${String(error)}`))
    child.once('close', (code, signal) =>
      resolve(`${executable} ended with ${signal ?? `code ${String(code)}`}\n${output}`),
    )
  })
  const stop = async (): Promise<void> => {
    killIt()
    await ended
    process.off('exit', killIt)
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
  return { ended, output: () => output, stop }
}
