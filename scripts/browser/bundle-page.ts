import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from '../process.mjs'

/**
 * Bundles the module of a page from the sources, as any bundler for browsers would: what needs Node.js fails here.
 *
 * @param entry - path of the module
 * @returns the text of one script module
 * @throws Error with what could not be resolved
 */
export const bundlePage = async (entry: string): Promise<string> => {
  const { outputFiles, warnings } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    tsconfig: join(root, 'tsconfig.json'),
    // `sideEffects` in the manifests speaks of the published files; by it the sources of devices would be dropped.
    ignoreAnnotations: true,
    logLevel: 'silent',
  })
  const [warning] = warnings
  if (warning !== undefined) throw new Error(`${entry}: ${warning.text}`)
  return outputFiles[0]?.text ?? ''
}
