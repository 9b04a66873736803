import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, install } from './prepare.mjs'

/** Runs the benchmarks: builds the packages, installs the peers beside them, and takes a Node.js that all of them run on. */
const root = fileURLToPath(new URL('..', import.meta.url))
const bench = `${root}apps/bench`

const run = (command, args, cwd = root) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['inherit', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    })
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args[0]} ended with code ${code}`)),
    )
  })

const [major = 0] = process.versions.node.split('.').map(Number)
try {
  await install()
  await build()
  if (!existsSync(`${bench}/node_modules/@jax-js`))
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], bench)
  const script = [`${bench}/src/main.ts`, ...process.argv.slice(2)]
  if (major >= 24) await run(process.execPath, ['--no-warnings', ...script])
  else {
    // jax-js needs Node.js 22, and running TypeScript as it is needs 22.18.
    console.error(`bench: Node.js ${process.version} is too old for the peers; using 24 from npm.`)
    await run('npx', ['--yes', '-p', 'node@24', 'node', '--no-warnings', ...script])
  }
} catch (error) {
  console.error(`bench: ${error.message}`)
  process.exitCode = 1
}
