import type { Command } from 'commander'

const pointer = `The benchmarks live in chainrule's repository, in apps/bench, beside the peers they compare with:

  npm run bench -- [CASE …] [--json] [--quick] [--systems LIST]

measures training steps and single operations with chainrule, jax-js, TensorFlow.js and, where it is installed,
PyTorch; the systems take turns in one run, and medians are printed.`

/** Adds `chainrule bench`. */
export function addBench(program: Command): void {
  program
    .command('bench')
    .description('Say where the benchmarks live and how to run them.')
    .summary('say where the benchmarks live')
    .action(() => console.log(pointer))
}
