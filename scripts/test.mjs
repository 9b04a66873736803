import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { build, install } from './prepare.mjs'
import { npm, root, run, tool } from './process.mjs'
import { Stages, succeed } from './stages.mjs'
import { summaryPath } from './test-summary.mjs'

const filters = process.argv.slice(2)
const stages = new Stages()

rmSync(summaryPath, { force: true })

await stages.run('install', 'the locked dependencies, where they are missing', install)
await stages.run('build', 'every package and the command line, where sources changed', () => build(), ['install'])
const script = (name) => () => succeed(npm(['run', '--silent', name]))
await stages.run('lint', 'eslint, prettier, and the arrows between packages', script('lint'), ['install'])
await stages.run('typecheck', 'all sources and tests, strict', script('typecheck'), ['install'])
await stages.run(
  'packages',
  'what would be published: exports, types, sizes',
  () => succeed(run(process.execPath, [join(root, 'scripts/check-packages.mjs')])),
  ['build'],
)
await stages.run(
  'tests',
  'every package and every example, from the sources',
  async () => {
    const reporters = ['--reporter', 'default', '--reporter', './scripts/summary-reporter.ts']
    const workers = ['--maxWorkers', String(availableParallelism())]
    await succeed(tool('vitest', ['run', ...reporters, ...workers, ...filters]))
  },
  ['install'],
)
stages.report()
