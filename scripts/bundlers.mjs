import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './process.mjs'

/** The browser that tests use; it is TypeScript, and finds Chromium from where it lies. */
async function loadBrowser() {
  const { build } = await import('esbuild')
  const cache = join(root, 'node_modules/.cache/chainrule')
  mkdirSync(cache, { recursive: true })
  const load = async (name) => {
    const outfile = join(cache, `${name}.mjs`)
    const entry = join(root, 'scripts/browser', `${name}.ts`)
    const common = { bundle: true, format: 'esm', platform: 'node', packages: 'external', logLevel: 'warning' }
    await build({ ...common, entryPoints: [entry], outfile })
    return await import(pathToFileURL(outfile).href)
  }
  return { ...(await load('run-page')), ...(await load('page-server')) }
}

/** What a bundler warns of is for its users to read: nothing of ours may be among it. */
const expectNoWarnings = (warnings) => assert.deepEqual(warnings, [], 'bundlers warn of nothing')

/** The page and its worker as esbuild bundles them for production. */
async function withEsbuild(folder) {
  const { build } = await import('esbuild')
  const { outputFiles, warnings } = await build({
    absWorkingDir: folder,
    entryPoints: ['page.js', 'worker.js'],
    outdir: '/',
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
  })
  expectNoWarnings(warnings.map(({ text }) => text))
  return Object.fromEntries(outputFiles.map(({ path, text }) => [path, text]))
}

const viteSettings = (folder) => ({
  root: folder,
  configFile: false,
  logLevel: 'silent',
  worker: { format: 'es' },
})

/** The same as Vite does. */
async function withVite(folder) {
  const { build } = await import('vite')
  const warnings = []
  const { output } = await build({
    ...viteSettings(folder),
    build: {
      write: false,
      rollupOptions: {
        input: join(folder, 'page.js'),
        output: { entryFileNames: '[name].js' },
        onwarn: ({ message }) => warnings.push(message),
      },
    },
  })
  expectNoWarnings(warnings)
  return Object.fromEntries(
    output.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]),
  )
}

const isolatedRuns = [
  { device: 'wasm', options: { threads: 2 } },
  { device: 'wasm', options: { threads: 2 }, worker: true },
  { device: 'webgpu', options: { tuning: 'off' } },
]
const plainRuns = [
  { device: 'wasm', options: { threads: 2 } },
  { device: 'webgpu', options: { tuning: 'off' }, worker: true },
]

/** One download of a page for each setting: its runs trained, on the threads that it may have. */
async function checkPage(name, openPage, files, settings, isForeign = () => false) {
  for (const { isolated, runs } of settings) {
    const policy =
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self'"
    const title = `${name}, ${isolated ? 'isolated' : 'not isolated'}`
    const { value, errors } = await openPage(title, files, { options: { runs }, isolated, policy })
    const complaints = errors.filter(({ text }) => !isForeign(text))
    assert.deepEqual(complaints, [], `${title}: the page complains of nothing`)
    assert.equal(value.length, runs.length)
    value.forEach(({ first, last, description }, at) => {
      const { device } = runs[at]
      assert.ok(last < 0.6 * first, `${title}: ${device} trains: ${first} → ${last}`)
      if (device !== 'wasm') return
      assert.equal(description.workersUp, isolated ? 1 : 0, `${title}: ${JSON.stringify(description)}`)
      assert.match(description.slower, isolated ? /^nothing/ : /^one thread: SharedArrayBuffer is missing: serve/)
    })
  }
}

/**
 * Builds the page of a consumer with the bundlers that people use, and opens it: the threads of the wasm device have to
 * start from what they make, or the device has to say why they do not.
 */
export async function checkBundlers(folder) {
  const { openPage, serveScripts } = await loadBrowser()
  const both = [
    { isolated: true, runs: isolatedRuns },
    { isolated: false, runs: plainRuns },
  ]
  await checkPage('esbuild', openPage, serveScripts(await withEsbuild(folder)), both)
  await checkPage('vite build', openPage, serveScripts(await withVite(folder)), both)
  const { createServer } = await import('vite')
  const server = await createServer({
    ...viteSettings(folder),
    server: { middlewareMode: true, hmr: false, ws: false },
    appType: 'custom',
  })
  try {
    const files = (request, response) => server.middlewares(request, response, () => response.writeHead(404).end())
    // The channel over which Vite announces changes is closed.
    const isChannel = (text) => /ws:\/\/|\[vite\]/.test(text)
    await checkPage('vite', openPage, files, [{ isolated: true, runs: isolatedRuns }], isChannel)
  } finally {
    await server.close()
  }
}
