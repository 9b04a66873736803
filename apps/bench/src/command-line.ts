import { parseArgs } from 'node:util'
import { type Case, cases } from './cases.ts'

const systems = ['chainrule', 'chainrule-blas', 'chainrule-eager', 'chainrule-1', 'jax-js', 'tfjs', 'torch']

const usage = `Usage: npm run bench -- [CASE …] [options]

Runs each case on chainrule and its peers in turn, and prints medians.

  --json            one JSON object a line
  --quick           fewer runs
  --runs COUNT      runs of each system (default: 20, with --quick 5)
  --systems LIST    some of ${systems.join(',')}
  --help            this text

Cases, or families of them such as matmul:
  ${cases.map(({ name }) => name).join(' ')}`

/** What was asked for. */
export interface CommandLine {
  readonly chosen: readonly Case[]
  readonly systems: readonly string[]
  readonly runs: number
  readonly json: boolean
  readonly quick: boolean
}

/** Ends the process for a command that cannot be meant. */
const refuse = (problem: string): never => {
  console.error(`bench: ${problem} --help says what is possible.`)
  process.exit(2)
}

/** Whether a word of the command line names a case, or the family that it belongs to: `matmul`, `W1`, `matmul-1024`. */
const means = (word: string, name: string): boolean => `${name.toLowerCase()}-`.startsWith(`${word.toLowerCase()}-`)

const parse = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        systems: { type: 'string', default: systems.join() },
        runs: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    const [first = ''] = String(error instanceof Error ? error.message : error).split('. ')
    return refuse(`${first}.`)
  }
}

/** Reads the command line; ends the process where it asks for help or cannot be meant. */
export const readCommandLine = (): CommandLine => {
  const { values, positionals } = parse()
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  const unknown = positionals.filter((word) => !cases.some(({ name }) => means(word, name)))
  if (unknown.length > 0) refuse(`got the cases ${unknown.join(', ')}, which do not exist.`)
  const asked = values.systems.split(',')
  const strange = asked.filter((name) => !systems.includes(name))
  if (strange.length > 0) refuse(`got --systems ${strange.join()}, expected some of ${systems.join()}.`)
  const runs = Number(values.runs ?? (values.quick ? 5 : 20))
  if (!Number.isInteger(runs) || runs < 1) refuse(`got --runs ${values.runs}, expected a whole number from 1 on.`)
  return {
    chosen: cases.filter(({ name }) => positionals.length === 0 || positionals.some((word) => means(word, name))),
    systems: asked,
    runs,
    json: values.json,
    quick: values.quick,
  }
}
