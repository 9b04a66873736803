import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './process.mjs'

/** Where the test run leaves its counts: `{passed, failed, skipped: [{name, reason}]}`. */
export const summaryPath = join(root, 'node_modules/.cache/chainrule/test-summary.json')

/** Prints the skipped tests with their reasons and, as the last line, the counts; false where a test failed or none ran. */
function printSummary() {
  const nothing = { passed: 0, failed: 0, skipped: [] }
  const { passed, failed, skipped } = existsSync(summaryPath) ? JSON.parse(readFileSync(summaryPath, 'utf8')) : nothing
  for (const { name, reason } of skipped) console.log(`skipped: ${name}: ${reason}`)
  if (passed + failed === 0) console.log('no test ran')
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`)
  return failed === 0 && passed > 0
}

if (import.meta.url === pathToFileURL(process.argv[1]).href && !printSummary()) process.exitCode = 1
