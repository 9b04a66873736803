import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ArgumentError, type MnistSources } from 'chainrule'

const ending = /[-.]idx\d(?:-ubyte)?(?:\.gz)?$/

const parts = {
  trainImages: ['train', 'images'],
  trainLabels: ['train', 'labels'],
  testImages: ['t10k|test', 'images'],
  testLabels: ['t10k|test', 'labels'],
} as const

/**
 * The four IDX files of a folder whose names say what they are, such as `emnist-letters-train-images-idx3-ubyte.gz`.
 *
 * @param folder - where they lie
 * @returns their paths
 * @throws ArgumentError where one is missing, or two fit
 */
export async function findIdxFiles(folder: string): Promise<MnistSources> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new ArgumentError(
      `train: got the folder "${folder}", expected one that can be read (${String(cause)}). Check --data-dir.`,
    )
  })
  const files = names.filter((name) => ending.test(name))
  const find = (part: keyof typeof parts): string => {
    const [set, kind] = parts[part]
    const fitting = files.filter((name) => new RegExp(`(?:${set}).*${kind}`).test(name))
    const [found] = fitting
    if (found === undefined || fitting.length > 1) {
      throw new ArgumentError(
        `train: got ${fitting.length === 0 ? 'no file' : fitting.join(', ')} in "${folder}", expected one IDX file with ` +
          `"${set.replace('|', '" or "')}" and "${kind}" in its name. Check --data-dir.`,
      )
    }
    return join(folder, found)
  }
  return {
    trainImages: find('trainImages'),
    trainLabels: find('trainLabels'),
    testImages: find('testImages'),
    testLabels: find('testLabels'),
  }
}
