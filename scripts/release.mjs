import { build } from './prepare.mjs'
import { npm, tool } from './process.mjs'
import { publicPackages } from './pack.mjs'
import { succeed } from './stages.mjs'

// npm's provenance asks that each package names the repository it was built in; the workflow knows which that is.
const repository = process.env.GITHUB_REPOSITORY
if (!repository) throw new Error('publishing needs GITHUB_REPOSITORY (owner/name): run it from the release workflow')
const workspaces = publicPackages().flatMap(({ name }) => ['--workspace', name])
const fields = ['repository.type=git', `repository.url=git+https://github.com/${repository}.git`]
await succeed(npm(['pkg', 'set', ...fields, ...workspaces]))
await build()
await succeed(tool('@changesets/cli', ['publish']))
