import { publicPackages } from './scripts/pack.mjs'

export default {
  name: 'API reference',
  entryPoints: ['packages/*/src/index.ts'],
  tsconfig: 'tsconfig.json',
  out: 'apps/docs/api',
  readme: 'none',
  plugin: [
    'typedoc-plugin-markdown',
    'typedoc-vitepress-theme',
    './scripts/typedoc/package-names.mjs',
    './scripts/typedoc/method-parameters.mjs',
    './scripts/typedoc/documented.mjs',
  ],
  docsRoot: 'apps/docs',
  disableSources: true,
  disableGit: true,
  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeProtected: true,
  outputFileStrategy: 'members',
  entryFileName: 'index',
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  packagesRequiringDocumentation: publicPackages().map(({ name }) => name),
  // Options and accessors have rules of their own: scripts/typedoc/documented.mjs.
  requiredToBeDocumented: ['Class', 'Interface', 'Function', 'Method', 'TypeAlias', 'Variable'],
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  treatValidationWarningsAsErrors: true,
}
