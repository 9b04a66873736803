import { join, relative } from 'node:path'
import ts from 'typescript'
import { examplePath } from './example-files.js'
import type { Example } from './extract-examples.js'

/**
 * Type-checks all examples in one program against the sources. Readers need not know this repository's stricter options,
 * so indexing an array gives its element here.
 * @returns the errors by example module path, relative to `root`, each with its place in the page
 */
export function typeErrors(
  root: string,
  examples: ReadonlyMap<string, readonly Example[]>,
): ReadonlyMap<string, string[]> {
  const configuration = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    {
      noUncheckedIndexedAccess: false,
      exactOptionalPropertyTypes: false,
      moduleDetection: ts.ModuleDetectionKind.Force,
    },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (diagnostic) => fail(diagnostic) },
  )
  if (configuration === undefined) throw new Error('tsconfig.json cannot be read')
  const sources = new Map<string, string>()
  for (const [path, list] of examples)
    for (const [index, { code }] of list.entries()) sources.set(slashed(join(root, examplePath(path, index))), code)

  const base = ts.createCompilerHost(configuration.options)
  const host: ts.CompilerHost = {
    ...base,
    fileExists: (path) => sources.has(slashed(path)) || base.fileExists(path),
    readFile: (path) => sources.get(slashed(path)) ?? base.readFile(path),
    getSourceFile: (path, version, ...rest) => {
      const code = sources.get(slashed(path))
      return code === undefined ? base.getSourceFile(path, version, ...rest) : ts.createSourceFile(path, code, version)
    },
  }

  const program = ts.createProgram([...sources.keys()], configuration.options, host)
  const errors = new Map<string, string[]>()
  for (const path of sources.keys()) {
    const file = program.getSourceFile(path)
    if (file === undefined) continue
    const diagnostics = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    errors.set(slashed(relative(root, path)), diagnostics.map(readable))
  }
  return errors
}

const slashed = (path: string): string => path.replaceAll('\\', '/')

function readable(diagnostic: ts.Diagnostic): string {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')
  if (diagnostic.file === undefined) return message
  const { line, character } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start ?? 0)
  return `line ${line + 1}, column ${character + 1}: ${message}`
}

function fail(diagnostic: ts.Diagnostic): never {
  throw new Error(readable(diagnostic))
}
