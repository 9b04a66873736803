import { open } from 'node:fs/promises'
import { type Checkpoint, FileError, loadCheckpoint, loadNpy, loadSafetensors, Tensor } from 'chainrule'
import type { Command } from 'commander'
import { bytes, counted, table, whole } from '../report/format.js'

/** Adds `chainrule inspect`. */
export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('List the tensors of a file: names, shapes, dtypes, and what is written beside them.')
    .summary('list what a safetensors, npy or checkpoint file holds')
    .argument('<file>', 'safetensors, checkpoint or npy')
    .action(async (file: string) => console.log(await describeFile(file)))
}

const npyMagic = Buffer.from('\x93NUMPY', 'latin1')

async function describeFile(path: string): Promise<string> {
  if (await isNpy(path)) return describeTensors([['array', await loadNpy(path)]], 'NumPy array')
  const { tensors, metadata } = await loadSafetensors(path)
  if (metadata.format === 'chainrule.checkpoint') {
    for (const tensor of Object.values(tensors)) tensor.dispose()
    return describeCheckpoint(await loadCheckpoint(path))
  }
  const notes = Object.entries(metadata).map(([name, value]) => [name, value])
  const heading = notes.length === 0 ? 'safetensors' : `safetensors with metadata\n${table(notes)}\n`
  return describeTensors(Object.entries(tensors), heading)
}

async function isNpy(path: string): Promise<boolean> {
  try {
    const file = await open(path)
    try {
      const { buffer } = await file.read(Buffer.alloc(npyMagic.length), 0, npyMagic.length, 0)
      return buffer.equals(npyMagic)
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw new FileError(
      `inspect: got "${path}", expected a file that can be read (${String(cause)}). Check the path.`,
      {
        cause,
      },
    )
  }
}

const shapeOf = ({ shape }: Tensor): string => `[${shape.join(', ')}]`

function describeTensors(entries: readonly (readonly [string, Tensor])[], heading: string): string {
  const size = entries.reduce((sum, [, tensor]) => sum + tensor.size, 0)
  const storage = entries.reduce((sum, [, tensor]) => sum + (tensor.storage?.byteLength ?? 0), 0)
  const rows = entries.map(([name, tensor]) => [name, shapeOf(tensor), tensor.dtype])
  const count = counted(entries.length, 'tensor')
  return `${heading}\n${table([...rows])}\n${count}, ${whole(size)} elements, ${bytes(storage)} in memory`
}

function describeCheckpoint(contents: Checkpoint): string {
  const tensors: [string, Tensor][] = []
  const notes: [string, string][] = []
  const walk = (value: unknown, path: string): void => {
    if (value instanceof Tensor) tensors.push([path, value])
    else if (value instanceof Map) for (const [key, inner] of value) walk(inner, join(path, String(key)))
    else if (typeof value === 'object' && value !== null && !(Array.isArray(value) && value.every(isPlain)))
      for (const [key, inner] of Object.entries(value)) walk(inner, join(path, key))
    else if (value !== undefined) notes.push([path, JSON.stringify(value)])
  }
  walk(contents, '')
  return describeTensors(tensors, `chainrule checkpoint\n${table(notes)}\n`)
}

const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null
const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)
