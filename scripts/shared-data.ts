import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'

/** The folder with real data: `CHAINRULE_DATA`, or `shared/data` next to a folder above this file. */
const findFolder = (): string | undefined => {
  const named = process.env.CHAINRULE_DATA
  if (named !== undefined) return named
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'shared', 'data')
    if (existsSync(candidate)) return candidate
  }
  return undefined
}

/**
 * A file or folder of real data; skips the test, with the reason, where it is absent.
 *
 * @param context - of the test
 * @param path - below the data folder
 * @returns its path
 */
export const sharedData = (context: TestContext, path: string): string => {
  const folder = findFolder()
  const file = folder === undefined ? undefined : join(folder, path)
  if (file !== undefined && existsSync(file)) return file
  const reason = `no ${path} in ${folder ?? 'any shared/data above'}: set CHAINRULE_DATA to the folder with the test data`
  console.warn(`skipped "${context.task.name}": ${reason}`)
  return context.skip(reason)
}
