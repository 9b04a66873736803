import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import * as autograd from '@chainrule/autograd'
import * as compiler from '@chainrule/compiler'
import * as data from '@chainrule/data'
import * as gradCheck from '@chainrule/grad-check'
import * as layers from '@chainrule/layers'
import * as losses from '@chainrule/losses'
import * as optimizers from '@chainrule/optimizers'
import * as serialize from '@chainrule/serialize'
import * as tensor from '@chainrule/tensor'
import * as wasm from '@chainrule/wasm'
import * as webgpu from '@chainrule/webgpu'
import * as umbrella from './index.js'

/** Everything the umbrella holds, by folder name. */
const packages: Readonly<Record<string, object>> = {
  autograd,
  compiler,
  data,
  'grad-check': gradCheck,
  layers,
  losses,
  optimizers,
  serialize,
  tensor,
  wasm,
  webgpu,
}
const names = Object.keys(packages).map((folder) => `@chainrule/${folder}`)
/** A package that has no code yet cannot be re-exported: its published declarations are no module. */
const withCode = names.filter((_, place) => Object.keys(Object.values(packages)[place] ?? {}).length > 0)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8')

/** Packages that are not part of it: itself, and what needs native code. */
const apart = ['umbrella', 'blas']

test('the umbrella holds every package but itself and what calls native code', () => {
  const isPackage = (folder: string): boolean => existsSync(`${root}packages/${folder}/package.json`)
  const folders = readdirSync(`${root}packages`).filter((folder) => !apart.includes(folder) && isPackage(folder))
  expect(Object.keys(packages)).toEqual(folders.sort())
})

test('the umbrella depends on every package', () => {
  const manifest = JSON.parse(read('packages/umbrella/package.json')) as { dependencies: Record<string, string> }
  expect(Object.keys(manifest.dependencies).sort()).toEqual(names)
})

test('the umbrella re-exports every package that has code, and nothing of its own', () => {
  const statements = read('packages/umbrella/src/index.ts')
    .split('\n')
    .filter((line) => !/^(?:\/\/.*)?$/.test(line))
  expect(statements).toEqual(["import '@chainrule/wasm'", ...withCode.map((name) => `export * from '${name}'`)])
})

test('importing the umbrella makes wasm the default device', ({ skip }) => {
  skip(!withCode.includes('@chainrule/wasm'), 'the wasm package has no code yet')
  expect(umbrella.device()).toBe('wasm')
})

describe.each(Object.entries(packages))('%s', (_folder, exported) => {
  test('every value it exports reaches the umbrella as it is', () => {
    // A name that two packages export would be missing here: `export *` drops what is ambiguous.
    const reached = umbrella as Readonly<Record<string, unknown>>
    const lost = Object.entries(exported).filter(([name, value]) => !Object.is(reached[name], value))
    expect(lost.map(([name]) => name)).toEqual([])
  })
})

test(
  'every type that a package exports reaches the umbrella, and no two packages share a name',
  { timeout: 60_000 },
  () => {
    const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)) as { config: unknown }
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
    const entry = (folder: string): string => `${root}packages/${folder}/src/index.ts`
    const program = ts.createProgram([...Object.keys(packages), 'umbrella'].map(entry), options)
    const checker = program.getTypeChecker()
    const exportsOf = (folder: string): string[] => {
      const file = program.getSourceFile(entry(folder))
      const symbol = file && checker.getSymbolAtLocation(file)
      return symbol === undefined ? [] : checker.getExportsOfModule(symbol).map(({ name }) => name)
    }
    const reached = new Set(exportsOf('umbrella'))
    const owner = new Map<string, string>()
    for (const folder of Object.keys(packages))
      for (const name of exportsOf(folder)) {
        expect(owner.get(name), `${name} of ${folder} is also exported by`).toBeUndefined()
        expect(reached, `${name} of ${folder}`).toContain(name)
        owner.set(name, folder)
      }
    // The core alone has hundreds of exports: a program that read no sources would pass the loop above.
    expect(owner.size).toBeGreaterThan(300)
  },
)
