import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { arrows, below } from './arrows.mjs'
import { checkBundlers } from './bundlers.mjs'
import { packAll, publicPackages } from './pack.mjs'
import { build, install } from './prepare.mjs'
import { npm, root, run, tool } from './process.mjs'
import { Stages, succeed } from './stages.mjs'

/** What comes from other authors, by the package of ours that needs it, with what that needs in turn. */
const foreign = {
  wasm: ['ieee754', 'wasmati'],
  // The second holds koffi's binary for this machine.
  blas: ['koffi', `@koromix/koffi-${process.platform}-${process.arch}`],
  data: ['papaparse'],
  cli: ['commander', 'valibot'],
}
const publishedName = (folder) => (folder === 'umbrella' ? 'chainrule' : `@chainrule/${folder}`)

/** The exact set of packages that installing this one puts into node_modules. */
function expectedInstall(folder) {
  const ours = folder === 'cli' ? ['umbrella', ...below('umbrella'), 'blas'] : below(folder)
  const names = [folder, ...ours]
  return [...names.map(publishedName), ...names.flatMap((name) => foreign[name] ?? [])].sort()
}

function listInstalled(modules) {
  const names = (folder) => readdirSync(folder).filter((name) => !name.startsWith('.'))
  return names(modules)
    .flatMap((name) => (name.startsWith('@') ? names(join(modules, name)).map((inner) => `${name}/${inner}`) : [name]))
    .sort()
}

const writeJson = (path, value) => writeFileSync(path, JSON.stringify(value, null, 2))

/** An empty folder with only this package installed in it, from tarballs. */
async function installAlone(name, tarballs, folder) {
  mkdirSync(folder, { recursive: true })
  // The versions under test are in no registry: whatever depends on one of ours gets its tarball too.
  const overrides = Object.fromEntries(
    [...tarballs].filter(([other]) => other !== name).map(([other, path]) => [other, `file:${path}`]),
  )
  const dependencies = { [name]: `file:${tarballs.get(name)}` }
  writeJson(join(folder, 'package.json'), { name: 'consumer', private: true, type: 'module', dependencies, overrides })
  await succeed(npm(['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel', 'error'], { cwd: folder }))
}

function checkInstalled(folderName, folder) {
  const expected = expectedInstall(folderName)
  const installed = listInstalled(join(folder, 'node_modules'))
  const missing = expected.filter((name) => !installed.includes(name))
  const surplus = installed.filter((name) => !expected.includes(name))
  if (missing.length + surplus.length > 0)
    throw new Error(
      `installed ${installed.join(', ')}; missing [${missing.join(', ')}], not expected [${surplus.join(', ')}]`,
    )
}

/** Every way in that `exports` offers, as import specifiers. */
const entries = ({ name, manifest }) =>
  Object.keys(manifest.exports)
    .filter((key) => key !== './package.json')
    .map((key) => name + key.slice(1))

/** A consumer's program has to end by itself: no worker thread may keep it alive. */
const node = (nodeArguments, folder) => succeed(run(process.execPath, nodeArguments, { cwd: folder, timeout: 60_000 }))

const resolutions = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
}

/** Compiles the consumer as strictly as it can be done: declarations included, nothing ambient but the standard library. */
async function typecheck(folder) {
  for (const [resolution, options] of Object.entries(resolutions)) {
    const compilerOptions = {
      ...options,
      target: 'es2022',
      strict: true,
      skipLibCheck: false,
      types: [],
      outDir: 'out',
    }
    if (resolution === 'bundler') compilerOptions.noEmit = true
    const path = join(folder, `tsconfig.${resolution}.json`)
    writeJson(path, { compilerOptions, include: ['*.ts'] })
    await succeed(tool('typescript', ['--project', path], { cwd: folder })).catch((error) => {
      throw new Error(`moduleResolution ${resolution}: ${error.message}`)
    })
  }
}

/**
 * Bundles the program for browsers: what a bundler leaves out, going by `sideEffects`, must not be missed, and nothing that only
 * Node.js has may be imported, except by the program itself.
 */
async function bundle(folder) {
  // Loaded here, since this script may be what installs it.
  const esbuild = await import('esbuild')
  await esbuild.build({
    absWorkingDir: folder,
    entryPoints: ['index.mjs'],
    outfile: 'bundled.mjs',
    bundle: true,
    format: 'esm',
    platform: 'browser',
    external: ['node:assert/strict'],
    target: 'es2022',
    logLevel: 'warning',
  })
}

async function consume(folderName, published, tarballs, folder) {
  await installAlone(published.name, tarballs, folder)
  checkInstalled(folderName, folder)
  if (folderName === 'cli') {
    await node([join(folder, 'node_modules/@chainrule/cli/dist/index.js'), '--help'], folder)
    return
  }
  const imports = entries(published).map((entry) => `await import('${entry}')\n`)
  writeFileSync(join(folder, 'entries.mjs'), imports.join(''))
  const types = entries(published).map((entry, index) => `export type * as entry${index} from '${entry}'\n`)
  writeFileSync(join(folder, 'entries.ts'), types.join(''))
  const program = join(root, 'scripts/consumers', folderName)
  const hasProgram = existsSync(program)
  if (hasProgram) cpSync(program, folder, { recursive: true })
  await node(['entries.mjs'], folder)
  if (hasProgram) {
    await node(['index.mjs'], folder)
    await bundle(folder)
    await node(['bundled.mjs'], folder)
  }
  await typecheck(folder)
  if (hasProgram) await node(['out/index.js'], folder)
  if (existsSync(join(folder, 'browser'))) await checkBundlers(join(folder, 'browser'))
}

const stages = new Stages()
await stages.run('install', 'the locked dependencies, where they are missing', install)
await stages.run('build', 'every package, where sources changed', () => build(), ['install'])
const workplace = mkdtempSync(join(tmpdir(), 'chainrule-consumers-'))
let packed
try {
  await stages.run(
    'pack',
    'every public package, as it would be published',
    async () => {
      packed = await packAll()
    },
    ['build'],
  )
  const wanted = process.argv.slice(2)
  const known = new Set([...Object.keys(arrows), 'cli'])
  for (const published of publicPackages()) {
    const folderName = basename(published.folder)
    if (wanted.length > 0 && !wanted.includes(folderName)) continue
    const what = `${published.name} alone in an empty folder: what comes with it, JavaScript, TypeScript`
    await stages.run(
      folderName,
      what,
      async () => {
        if (!known.has(folderName)) throw new Error('the package is missing from scripts/arrows.mjs')
        await consume(folderName, published, packed.tarballs, join(workplace, folderName))
      },
      ['pack'],
    )
  }
} finally {
  rmSync(workplace, { recursive: true, force: true })
  if (packed) rmSync(packed.destination, { recursive: true, force: true })
}
stages.report()
