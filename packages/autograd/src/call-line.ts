/** Frames of the library itself, in sources, builds and installations. */
const own =
  /[/\\](packages[/\\][\w-]+[/\\](src|dist)|@chainrule[/\\][\w-]+|node_modules[/\\]chainrule)[/\\](?!.*\.test\.)/

/** The line outside the library that is being carried out: `at f (file:line:column)`. */
export const callLine = (): string | undefined => {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = 50
  const lines = (new Error().stack ?? '').split('\n').slice(1)
  Error.stackTraceLimit = before
  return lines.find((line) => !own.test(line) && !line.includes('node:'))?.trim()
}
