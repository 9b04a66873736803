/** Files of the library itself: its packages in the repository, and installed ones; tests are callers. */
const own = /[/\\]packages[/\\]\w[\w-]*[/\\](src|dist)[/\\](?!.*\.test\.)|@chainrule[/\\]|node_modules[/\\]/

/**
 * The line outside the library from which it was called last, as a stack trace has it.
 *
 * @returns text such as `at step (train.ts:12:7)`; empty where the engine keeps no stack
 */
export const callerLine = (): string => {
  const lines = (new Error().stack ?? '').split('\n').slice(1)
  return (lines.find((line) => !own.test(line)) ?? lines.at(-1) ?? '').trim()
}
