import { existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { npm, root } from './process.mjs'

/** The packages that get published: `{name, folder, manifest}`. */
export function publicPackages() {
  const folders = [
    ...readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name)),
    join(root, 'apps/cli'),
  ]
  return folders
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ folder, manifest }) => ({ name: manifest.name, folder, manifest }))
}

/** Packs every public package as it would be published, into a new temporary folder; the tarballs' paths by package name. */
export async function packAll() {
  const destination = mkdtempSync(join(tmpdir(), 'chainrule-pack-'))
  const packages = publicPackages()
  const workspaces = packages.flatMap(({ name }) => ['--workspace', name])
  const { code, output } = await npm(['pack', '--json', '--pack-destination', destination, ...workspaces], {
    capture: true,
  })
  if (code !== 0) throw new Error(`npm pack ended with code ${code}`)
  // npm 12 prints an object by package name where older ones print a list.
  const packed = Object.values(JSON.parse(output))
  const tarballs = new Map(packed.map(({ name, filename }) => [name, join(destination, filename)]))
  for (const { name } of packages) if (!tarballs.has(name)) throw new Error(`npm pack left out ${name}`)
  return { destination, tarballs }
}
