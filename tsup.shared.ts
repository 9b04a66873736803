import { type Options, defineConfig } from 'tsup'

export interface PackageBuildOptions {
  /** Entry points by output name; one `index` by default. */
  readonly entry?: Record<string, string>
  /** Ambient type packages the sources may use. Empty for browser-safe packages, so that a stray `process` fails here. */
  readonly types?: readonly string[]
  /** Packages that are imported where they are installed, and never bundled. */
  readonly optional?: readonly string[]
}

type EsbuildPlugin = NonNullable<Options['esbuildPlugins']>[number]

/**
 * `sideEffects` in package.json speaks of the published files to the bundlers of others. esbuild would hold it against
 * the sources too and drop modules that are imported for what they do, such as a registration.
 */
const keepOwnSideEffects: EsbuildPlugin = {
  name: 'keep-own-side-effects',
  setup(build) {
    const resolving = Symbol('resolving')
    build.onResolve({ filter: /^\./ }, async ({ path, pluginData, ...place }) => {
      if (pluginData === resolving) return undefined
      const { importer, resolveDir, kind } = place
      const resolved = await build.resolve(path, { importer, resolveDir, kind, pluginData: resolving })
      return { ...resolved, sideEffects: true }
    })
  },
}

/** The one build every package shares: ESM for ES2022 with declarations, workspace dependencies external. */
export function packageBuild({
  entry = { index: 'src/index.ts' },
  types = [],
  optional = [],
}: PackageBuildOptions = {}): ReturnType<typeof defineConfig> {
  const options: Options = {
    entry,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    external: [/^node:/, ...optional],
    // This configuration has no `paths`: declarations see other packages as their users do, through `exports`. It lists no
    // files either, or the declarations of all packages would be read while others are being written.
    tsconfig: '../../tsconfig.build.json',
    dts: {
      // Whoever compiles for ES2022 has no `Disposable`, which tensors are: the declarations bring it along.
      banner: '/// <reference lib="esnext.disposable" />',
      compilerOptions: { types: [...types], ignoreDeprecations: '6.0' },
    },
    esbuildPlugins: [keepOwnSideEffects],
    sourcemap: true,
    clean: true,
    treeshake: false,
  }
  return defineConfig(options)
}
