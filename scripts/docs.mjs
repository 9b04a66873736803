import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { build, install } from './prepare.mjs'
import { root, tool } from './process.mjs'
import { Stages, succeed } from './stages.mjs'

const onlyCheck = process.argv.includes('--check')
const stages = new Stages()
await stages.run('install', 'the locked dependencies, where they are missing', install)
if (onlyCheck)
  await stages.run(
    'reference',
    'every public symbol must be documented',
    () => succeed(tool('typedoc', ['--emit', 'none'])),
    ['install'],
  )
else {
  await stages.run(
    'reference',
    'the API reference, from the doc comments; every public symbol must have one',
    async () => {
      rmSync(join(root, 'apps/docs/api'), { recursive: true, force: true })
      await succeed(tool('typedoc', []))
    },
    ['install'],
  )
  await stages.run('build', 'the packages that the live pages use', () => build(['./packages/*']), ['install'])
  await stages.run(
    'site',
    'the site, into apps/docs/.vitepress/dist',
    () => succeed(tool('vitepress', ['build', join(root, 'apps/docs')])),
    ['reference', 'build'],
  )
}
stages.report()
