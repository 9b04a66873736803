import { ChainruleError } from 'chainrule'
import { Command, CommanderError } from 'commander'
import { addBench } from './commands/bench.js'
import { addDoctor } from './commands/doctor.js'
import { addEval } from './commands/eval.js'
import { addGradCheck } from './commands/grad-check.js'
import { addInspect } from './commands/inspect.js'
import { addPredict } from './commands/predict.js'
import { addTrain } from './commands/train.js'
import { version } from './package-version.js'
import { InterruptedError } from './training/interrupted-error.js'
import { UsageError } from './usage-error.js'

/** What the shell is told: all went well, something failed, the command was not understood, a signal stopped it (128 + its number). */
const exitCodes = { success: 0, failure: 1, usage: 2, SIGINT: 130, SIGTERM: 143 } as const

function makeProgram(): Command {
  const program = new Command('chainrule')
    .description('Train, evaluate, check and inspect neural networks.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print this help, or that of a command')
    .option('--debug', 'print where an error came from')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Add --help for what is possible.')
    .exitOverride()
  for (const add of [addTrain, addEval, addPredict, addInspect, addGradCheck, addBench, addDoctor]) add(program)
  return program
}

/**
 * Runs one command.
 *
 * @param words - what follows the program's name
 * @returns the exit code: 0 done, 1 failed, 2 not understood, 130 stopped by Ctrl-C, 143 by SIGTERM
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  const program = makeProgram()
  if (words.length === 0) {
    program.outputHelp()
    return exitCodes.usage
  }
  try {
    await program.parseAsync(words, { from: 'user' })
    return exitCodes.success
  } catch (error) {
    // Commander has printed its message by then; help and version end it too, with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage
    console.error(describeError(error, program.opts<{ debug?: true }>().debug === true))
    if (error instanceof InterruptedError) return exitCodes[error.signal]
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failure
  }
}

/** One readable message; the stack only where asked for. */
function describeError(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return `error: ${String(error)}`
  if (error instanceof InterruptedError) return error.message
  if (debug) return error.stack ?? error.message
  if (error instanceof UsageError) return `error: ${error.message}`
  if (error instanceof ChainruleError) return `${error.name}: ${error.message}`
  return `${error.name}: ${error.message} (unexpected: please report it; --debug shows where it came from)`
}
