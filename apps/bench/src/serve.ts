import { createInterface } from 'node:readline'
import { readArrays } from './arrays.ts'
import { cases } from './cases.ts'
import type { Question } from './server.ts'
import type { Runner, System } from './system.ts'

/** Serves one system to the harness: a JSON object a line on standard input, an answer a line on standard output. */
const [name = ''] = process.argv.slice(2)

const files: Readonly<Record<string, string>> = {
  chainrule: './systems/chainrule.ts',
  'chainrule-eager': './systems/chainrule.ts',
  'chainrule-blas': './systems/chainrule.ts',
  'chainrule-1': './systems/chainrule.ts',
  'jax-js': './systems/jax.ts',
  tfjs: './systems/tfjs.ts',
}

let system: System | undefined
let runner: Runner | undefined

const run = async (count: number, warmMilliseconds: number): Promise<number[]> => {
  if (runner === undefined) throw new Error('no case was prepared')
  const start = performance.now()
  do await runner.run()
  while (performance.now() - start < warmMilliseconds)
  const milliseconds: number[] = []
  while (milliseconds.length < count) milliseconds.push(await runner.run())
  return milliseconds
}

const answer = async (question: Question): Promise<object> => {
  if (question.command === 'open') {
    const { open } = (await import(files[name] ?? '')) as { open: (name: string) => Promise<System> }
    system = await open(name)
    return { description: system.description }
  }
  if (question.command === 'run') return { milliseconds: await run(question.count, question.warmMilliseconds) }
  if (question.command === 'count') return { libraryCalls: runner?.libraryCalls?.() }
  const { name: caseName, place } = question
  const found = cases.find((each) => each.name === caseName)
  if (found === undefined || system === undefined) throw new Error(`no case ${caseName}`)
  runner = undefined
  const prepared = await system.prepare(found, readArrays(place, found))
  if ('skip' in prepared) return prepared
  runner = prepared
  return { check: prepared.check }
}

for await (const line of createInterface({ input: process.stdin })) {
  const reply = await answer(JSON.parse(line) as Question).catch((error: unknown) => ({
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }))
  process.stdout.write(`${JSON.stringify(reply)}\n`)
}
process.exit(0)
