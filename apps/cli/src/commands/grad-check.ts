import { gradCheck, manualSeed } from 'chainrule'
import { Argument, type Command, Option } from 'commander'
import { checkedModules } from '../model/checked-modules.js'
import { seed } from '../option-parsers.js'

interface GradCheckOptions {
  readonly order: '1' | '2'
  readonly full: boolean
  readonly seed: number
}

/** Adds `chainrule grad-check`. */
export function addGradCheck(program: Command): void {
  program
    .command('grad-check')
    .description('Compare the derivatives of small layers with central differences, in float64.')
    .summary('check derivatives against differences')
    .addArgument(new Argument('[layers...]', 'which layers (default: all)').choices(Object.keys(checkedModules)))
    .addOption(new Option('--order <order>', 'highest order of derivatives').choices(['1', '2']).default('1'))
    .option('--full', 'compare every partial derivative instead of random directions', false)
    .option('--seed <number>', 'seed of weights, inputs and directions', seed, 1)
    .action(check)
}

async function check(chosen: readonly string[], { order, full, seed }: GradCheckOptions): Promise<void> {
  for (const name of chosen.length === 0 ? Object.keys(checkedModules) : chosen) {
    const make = checkedModules[name]
    if (make === undefined) continue
    manualSeed(seed)
    const { module, input } = make()
    const options = { order: order === '2' ? 2 : 1, mode: full ? 'full' : 'directional', seed, name } as const
    const report = await gradCheck(module, input, options)
    console.log(String(report))
    input.dispose()
  }
}
