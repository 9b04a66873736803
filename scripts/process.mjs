import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const environment = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', NO_UPDATE_NOTIFIER: '1' }

/**
 * Runs a program to its end, its output passed through and its input closed. With `capture`, standard output is returned
 * instead. The exit code is returned, never thrown; a program that outlives `timeout` milliseconds is killed.
 */
export function run(program, programArguments, { cwd = root, capture = false, shell = false, timeout } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = ['ignore', capture ? 'pipe' : 'inherit', 'inherit']
    const child = spawn(program, programArguments, {
      cwd,
      stdio,
      shell,
      timeout,
      killSignal: 'SIGKILL',
      env: environment,
    })
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text) => (output += text))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code: code ?? 1, signal, output }))
  })
}

/** Runs the npm that started this script, or the one on the path; on Windows `npm` is a script and needs a shell. */
export function npm(npmArguments, options = {}) {
  const script = process.env.npm_execpath
  if (script?.endsWith('.js')) return run(process.execPath, [script, ...npmArguments], options)
  return run('npm', npmArguments, { ...options, shell: process.platform === 'win32' })
}

/** Runs the executable of an installed development dependency with this Node, on every platform alike. */
export function tool(name, toolArguments, options = {}) {
  const folder = join(root, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const script = typeof bin === 'string' ? bin : (bin[name] ?? Object.values(bin)[0])
  return run(process.execPath, [...(options.nodeArguments ?? []), join(folder, script), ...toolArguments], options)
}
