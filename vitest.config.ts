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

const folders = [...readdirSync(`${root}packages`).map((name) => `packages/${name}`), 'apps/cli']

const projects = folders
  .filter((folder) => existsSync(`${root}${folder}/package.json`))
  .map((folder) => ({
    resolve: { alias },
    test: {
      name: (JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')) as { name: string }).name,
      root: `${root}${folder}`,
      include: ['src/**/*.test.ts'],
      environment: 'node' as const,
      // Generous, for machines that are busy with other work.
      testTimeout: 60_000,
      hookTimeout: 60_000,
      // Dawn reads its environment when the worker process starts; a software adapter compiles shaders slowly.
      ...(folder === 'packages/webgpu'
        ? { pool: 'forks' as const, env: softwareAdapterEnvironment(), testTimeout: 120_000 }
        : {}),
    },
  }))

const repository = {
  plugins: [examplesPlugin()],
  resolve: { alias },
  test: { name: 'repository', root, include: ['scripts/**/*.test.ts'], environment: 'node' as const },
}

export default defineConfig({
  test: {
    projects: [...projects, repository],
    // A package without tests is allowed while others have some; `npm test` fails when none ran at all.
    passWithNoTests: true,
  },
})
