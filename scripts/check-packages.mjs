import { readFileSync, rmSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { problemAffectsResolutionKind } from '@arethetypeswrong/core/problems'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { packAll, publicPackages } from './pack.mjs'
import { root } from './process.mjs'

/** Problems of how the tarball is put together, by publint: every suggestion counts. */
async function lintProblems(manifest, tarball) {
  const { messages } = await publint({ pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer } })
  return messages.map((message) => `publint: ${formatMessage(message, manifest, { color: false })}`)
}

/** Problems of how TypeScript resolves the tarball from ES modules; the packages are ESM only. */
async function typeProblems(tarball) {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))))
  if (!analysis.types) return ['types: the package has none']
  return analysis.problems
    .filter((problem) =>
      ['node16-esm', 'bundler'].some((kind) => problemAffectsResolutionKind(problem, kind, analysis)),
    )
    .map((problem) => `types: ${problem.kind} ${JSON.stringify(problem.entrypoint ?? problem.fileName ?? '')}`)
}

/** Bytes, minified and gzipped, of what a bundler keeps of `import * from` the package's index. */
async function bundledSize(name, external, platform) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${name}'`, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform,
    target: 'es2022',
    external: ['node:*', ...external],
    logLevel: 'error',
  })
  const text = outputFiles[0].contents
  return { minified: text.length, gzipped: gzipSync(text).length }
}

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} kB`.padStart(10)

let problemCount = 0
const { destination, tarballs } = await packAll()
try {
  const packages = publicPackages()
  console.log('package                     own min.  own gzip  with all packages: min.      gzip')
  for (const { name, manifest } of packages) {
    const tarball = tarballs.get(name)
    const problems = [...(await lintProblems(manifest, tarball)), ...(await typeProblems(tarball))]
    const dependencies = Object.keys({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.peerDependencies,
    })
    const foreign = [...new Set(packages.flatMap((other) => Object.keys(other.manifest.peerDependencies ?? {})))]
    // A package with a program runs in Node.js only; all others have to bundle for browsers.
    const platform = manifest.bin === undefined ? 'browser' : 'node'
    const own = await bundledSize(name, dependencies, platform)
    const whole = await bundledSize(name, foreign, platform)
    const sizes = [own.minified, own.gzipped, whole.minified, whole.gzipped].map(kilobytes)
    console.log(`${name.padEnd(24)}${sizes[0]}${sizes[1]}${sizes[2].padStart(25)}${sizes[3]}`)
    for (const problem of problems) console.error(`  ${problem}`)
    problemCount += problems.length
  }
  if (problemCount > 0) {
    console.error(`${problemCount} problems in what would be published`)
    process.exitCode = 1
  }
} finally {
  rmSync(destination, { recursive: true, force: true })
}
