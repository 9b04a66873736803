import { join } from 'node:path'
import { build, install } from './prepare.mjs'
import { root, run } from './process.mjs'
import { Stages } from './stages.mjs'

const given = process.argv.slice(2)
const commandLine = given[0] === undefined || given[0].startsWith('-') ? ['train', ...given] : given

const stages = new Stages()
await stages.run('install', 'the locked dependencies, where they are missing', install)
await stages.run('build', 'the command line, where sources changed', () => build(['@chainrule/cli...']), ['install'])
if (stages.passed) {
  console.log(`\nchainrule ${commandLine.join(' ')}`)
  const { code } = await run(process.execPath, [join(root, 'apps/cli/dist/index.js'), ...commandLine])
  process.exitCode = code
} else stages.report()
