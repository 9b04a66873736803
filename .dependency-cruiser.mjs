import { arrows, below } from './scripts/arrows.mjs'

/** The files that a package's `exports` name. */
const entry = (folder) => `^${folder}/src/index\\.ts$`
const testingEntry = '^packages/tensor/src/testing/index\\.ts$'
/** Tests and their fixtures may import any package, by its name. */
const testFile = '(\\.(test|fixture)\\.ts$|/src/testing/)'

const rules = [
  {
    name: 'no-cycles',
    comment: 'Modules that need each other cannot be read, loaded or shaken apart. Types alone may refer back.',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'resolvable',
    comment: 'The import leads nowhere: a misspelt path, or one that the package does not export.',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'declared',
    comment: 'A package imports what its package.json does not declare.',
    from: { path: '^(packages|apps)/', pathNot: [testFile, '\\.config\\.ts$'] },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-dev', 'unknown', 'undetermined'] },
  },
  {
    name: 'test-tools-in-tests',
    comment: 'Published code must not need the test tools.',
    from: { pathNot: [testFile, '^scripts/'] },
    to: { path: '(^packages/tensor/src/testing/|\\.fixture\\.ts$)' },
  },
]

for (const name of Object.keys(arrows)) {
  const folder = `packages/${name}`
  rules.push({
    name: `arrows-of-${name}`,
    comment: `${name} may import ${below(name).join(', ') || 'no other package'}.`,
    from: { path: `^${folder}/src/`, pathNot: testFile },
    to: {
      path: '^(packages|apps)/',
      pathNot: [`^${folder}/src/`, ...below(name).map((lower) => entry(`packages/${lower}`))],
    },
  })
  rules.push({
    name: `exports-of-${name}`,
    comment: `${name} is imported by its name and through its exports, never by a path into its folder.`,
    from: { path: '^(packages|apps|scripts)/', pathNot: `^${folder}/` },
    to: { path: `^${folder}/`, pathNot: [entry(folder), testingEntry] },
  })
}
rules.push({
  name: 'arrows-of-cli',
  comment: 'The command line stands on the umbrella alone.',
  from: { path: '^apps/cli/src/', pathNot: testFile },
  to: { path: '^packages/', pathNot: entry('packages/umbrella') },
})

export default {
  forbidden: rules.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(packages|apps)/[^/]+/dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
}
