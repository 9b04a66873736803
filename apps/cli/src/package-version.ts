import { createRequire } from 'node:module'

/** The version in this package's manifest, found through its own name so that it holds from sources and from `dist`. */
export const { version } = createRequire(import.meta.url)('@chainrule/cli/package.json') as { version: string }
