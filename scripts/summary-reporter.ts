import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { root } from './process.mjs'
import { summaryPath } from './test-summary.mjs'

/** Writes the counts of a whole run, and why tests were skipped, for the last line of the continuous integration. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0
    // A file that cannot be loaded has no tests to count, and an error outside every test belongs to none.
    let failed = unhandledErrors.length
    const skipped: { name: string; reason: string }[] = []
    for (const module of modules) {
      if (module.errors().length > 0) failed += 1
      for (const test of module.children.allTests()) {
        const result = test.result()
        if (result.state === 'passed') passed += 1
        else if (result.state === 'skipped') {
          const name = `${relative(root, module.moduleId)} > ${test.fullName}`
          skipped.push({ name, reason: result.note ?? 'no reason given' })
        } else failed += 1
      }
    }
    mkdirSync(dirname(summaryPath), { recursive: true })
    writeFileSync(summaryPath, JSON.stringify({ passed, failed, skipped }))
  }
}
