import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * A file of real data in the folder that `CHAINRULE_DATA` names, or in `shared/data` beside a folder above this file.
 *
 * @param path - below the data folder
 * @returns its path, or undefined where it is not there
 */
export const sharedData = (path: string): string | undefined => {
  const named = process.env['CHAINRULE_DATA']
  if (named !== undefined) return existsSync(join(named, path)) ? join(named, path) : undefined
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'shared', 'data', path)
    if (existsSync(candidate)) return candidate
  }
  return undefined
}
