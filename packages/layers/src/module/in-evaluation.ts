import type { Module } from './module.js'

/** Runs a function with a module in evaluation mode, and puts every module under it back as it was. */
export const inEvaluation = <T>(root: Module, run: () => T): T => {
  const before = root.modules().map((module) => [module, module.training] as const)
  root.eval()
  try {
    return run()
  } finally {
    // A parent sets its children too, so they follow it: `modules` lists parents first.
    for (const [module, training] of before) module.train(training)
  }
}
