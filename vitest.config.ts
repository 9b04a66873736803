import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { softwareAdapterEnvironment } from './packages/webgpu/src/testing/software-adapter.js'
import { examplesPlugin } from './scripts/examples/examples-plugin.js'

const root = fileURLToPath(new URL('.', import.meta.url))

/** Tests run from the sources: package names resolve to `src`, so no build is needed. */
const alias = [
  { find: /^@chainrule\/tensor\/testing$/, replacement: `${root}packages/tensor/src/testing/index.ts` },
  { find: /^@chainrule\/([a-z-]+)$/, replacement: `${root}packages/$1/src/index.ts` },
  { find: /^chainrule$/, replacement: `${root}packages/umbrella/src/index.ts` },
]

const setupFiles = [`${root}scripts/property-seed.ts`]

/** Where tests find a WebGPU adapter: Dawn reads this when a worker process starts. */
const adapter = softwareAdapterEnvironment()

const folders = [...readdirSync(`${root}packages`).map((name) => `packages/${name}`), 'apps/cli']

const projects = folders
  .filter((folder) => existsSync(`${root}${folder}/package.json`))
  .map((folder) => ({
    resolve: { alias },
    test: {
      name: (JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')) as { name: string }).name,
      root: `${root}${folder}`,
      include: ['src/**/*.test.ts'],
      setupFiles,
      environment: 'node' as const,
      // Generous, for machines that are busy with other work.
      testTimeout: 60_000,
      hookTimeout: 60_000,
      pool: 'forks' as const,
      env: adapter,
    },
  }))

const repository = {
  plugins: [examplesPlugin()],
  resolve: { alias },
  test: {
    name: 'repository',
    root,
    include: ['scripts/**/*.test.ts'],
    setupFiles,
    environment: 'node' as const,
    pool: 'forks' as const,
    env: adapter,
  },
}

export default defineConfig({
  test: {
    projects: [...projects, repository],
    // A package without tests is allowed while others have some; `npm test` fails when none ran at all.
    passWithNoTests: true,
  },
})
