import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** What a command left behind. */
export interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** The program, built from the sources into a folder of its own, to be run as a process. */
export interface BuiltCommandLine {
  /** Runs a command to its end. */
  run(...words: readonly string[]): Promise<Ended>
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
  return {
    folder,
    run: (...words) =>
      new Promise((resolve, reject) => {
        const environment = { ...process.env, NO_COLOR: '1', COLUMNS: '100' }
        const child = spawn(process.execPath, [program, ...words], { cwd: folder, env: environment })
        let output = ''
        let errors = ''
        child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
        child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
        child.on('error', reject)
        child.on('close', (code) => resolve({ code, output, errors }))
      }),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  }
}
