import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm, root, tool } from './process.mjs'

const readPackages = (path) => JSON.parse(readFileSync(path, 'utf8')).packages

/**
 * Why the dependencies must be installed, or undefined where node_modules holds what package-lock.json asks for. npm
 * records what it installed in node_modules/.package-lock.json; optional packages belong to other platforms or to nobody.
 */
export function whyInstall() {
  const recordPath = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(recordPath)) return 'node_modules is missing'
  const installed = readPackages(recordPath)
  for (const [path, entry] of Object.entries(readPackages(join(root, 'package-lock.json')))) {
    if (!path.startsWith('node_modules/') || entry.optional || entry.devOptional || entry.peer) continue
    const found = installed[path]
    if (!found) return `${path} is not installed`
    if (!entry.link && found.version !== entry.version) return `${path} is ${found.version}, not ${entry.version}`
  }
  return undefined
}

/** Installs exactly the locked dependencies where they are missing or stale. */
export async function install() {
  const reason = whyInstall()
  if (reason === undefined) return 'up to date'
  console.log(`${reason}: npm ci`)
  const { code } = await npm(['ci', '--no-audit', '--no-fund'])
  if (code !== 0) throw new Error(`npm ci ended with code ${code}`)
  return 'installed'
}

/** Builds what changed since the last build; turbo's cache decides. */
export async function build(filters = ['./packages/*', './apps/cli']) {
  const filterArguments = filters.flatMap((filter) => ['--filter', filter])
  const { code } = await tool('turbo', ['run', 'build', ...filterArguments, '--output-logs', 'errors-only'])
  if (code !== 0) throw new Error(`the build ended with code ${code}`)
  return 'built'
}
