export interface Example {
  /** The line of the first line of code, counted from 1. */
  readonly line: number
  /** A module with the code on the lines it has in the page, so that errors point there. */
  readonly code: string
  /** Why the example is only type-checked. */
  readonly notRun: string | undefined
}

const opening = /^\s*```(?:ts|typescript)\b(.*)$/
const closing = /^\s*```\s*$/

/** The text of the doc comments of a source file, every other line left empty. */
function docCommentLines(source: string): string[] {
  let inside = false
  return source.split(/\r?\n/).map((line) => {
    if (/^\s*\/\*\*/.test(line)) inside = true
    const text = inside ? line.replace(/^\s*(?:\/\*\*|\*(?!\/))? ?/, '').replace(/\*\/.*$/, '') : ''
    if (line.includes('*/')) inside = false
    return text
  })
}

/**
 * Finds the fenced `ts` blocks of a markdown page or of a TypeScript file's doc comments. Each stands alone, except one
 * opened by `ts continued`, which goes on from the blocks before it in the page; `ts no-run: REASON` is not executed.
 */
export function extractExamples(path: string, text: string): Example[] {
  const lines = path.endsWith('.md') ? text.split(/\r?\n/) : docCommentLines(text)
  const examples: Example[] = []
  let current: { line: number; information: string; code: string[] } | undefined
  let earlier: string[] = []
  for (const [index, line] of lines.entries()) {
    if (current === undefined) {
      const information = opening.exec(line)?.[1]?.trim()
      if (information === undefined) continue
      if (information !== '' && information !== 'continued' && !/^no-run: \S/.test(information))
        throw new Error(`${path}:${index + 1}: got "ts ${information}", expected ts, ts continued or ts no-run: REASON`)
      const start = information === 'continued' ? earlier : []
      current = { line: index + 2, information, code: [...start, ...blankLines(index + 1 - start.length)] }
    } else if (closing.test(line)) {
      const notRun = /^no-run: (.*)$/.exec(current.information)?.[1]
      examples.push({ line: current.line, code: `${current.code.join('\n')}\n`, notRun })
      earlier = current.code
      current = undefined
    } else current.code.push(line)
  }
  if (current !== undefined) throw new Error(`${path}:${current.line - 1}: the block is never closed`)
  return examples
}

const blankLines = (count: number): string[] => Array.from({ length: count }, () => '')
