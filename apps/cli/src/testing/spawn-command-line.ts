import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** What a command left behind. */
export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
  readonly errors: string
}

/** When to send signals, and which. */
export interface Moment {
  /** What the output has to match. */
  readonly when: RegExp
  readonly signals: readonly ('SIGINT' | 'SIGKILL' | 'SIGTERM')[]
}

/** The program, built from the sources into a folder of its own, to be run as a process. */
export interface BuiltCommandLine {
  /** Runs a command to its end. */
  run(...words: readonly string[]): Promise<Ended>
  /** Runs a command, and sends it signals, one right after the other, once its output matches. */
  signalAt(moment: Moment, ...words: readonly string[]): Promise<Ended>
  /** Runs a command, and closes its output after the first that comes. */
  readOnce(...words: readonly string[]): Promise<Ended>
  /** A folder for files of the tests. */
  readonly folder: string
  dispose(): void
}

/**
 * Builds the program from the sources of all packages, so that its tests need no build before them.
 *
 * @returns a way to run it
 */
export async function buildCommandLine(): Promise<BuiltCommandLine> {
  const root = fileURLToPath(new URL('../../../..', import.meta.url))
  // Inside node_modules, where what stays outside of the bundle is found.
  const cache = join(root, 'node_modules/.cache/chainrule')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'command-line-'))
  const program = join(folder, 'chainrule.mjs')
  await build({
    absWorkingDir: root,
    entryPoints: [join(root, 'apps/cli/src/index.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    tsconfig: join(root, 'tsconfig.json'),
    external: ['commander', 'papaparse', 'wasmati', 'webgpu'],
    // `sideEffects` in package.json speaks of what is published; of the sources, everything counts.
    ignoreAnnotations: true,
    logLevel: 'error',
  })
  type Heard = Pick<Ended, 'output' | 'errors'>
  /** Runs a command; `react` is called whenever it has said more. */
  const start = (words: readonly string[], react: (child: ChildProcess, said: Heard) => void): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const environment = { ...process.env, NO_COLOR: '1', COLUMNS: '100' }
      const child = spawn(process.execPath, [program, ...words], { cwd: folder, env: environment })
      const said = { output: '', errors: '' }
      const hear = (stream: keyof typeof said, text: string): void => {
        said[stream] += text
        react(child, said)
      }
      child.stdout.setEncoding('utf8').on('data', (text: string) => hear('output', text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => hear('errors', text))
      child.on('error', reject)
      child.on('close', (code, signal) => resolve({ code, signal, ...said }))
    })
  return {
    folder,
    run: (...words) => start(words, () => undefined),
    signalAt: ({ when, signals }, ...words) => {
      let isSent = false
      return start(words, (child, said) => {
        if (isSent || !when.test(said.output)) return
        isSent = true
        for (const signal of signals) child.kill(signal)
      })
    },
    readOnce: (...words) => start(words, (child) => child.stdout?.destroy()),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  }
}
