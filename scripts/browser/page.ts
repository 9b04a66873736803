/** What a page of a test reports. */
export interface Answer {
  readonly value?: unknown
  /** Stack of what was thrown instead. */
  readonly failure?: string
}

const post = (path: string, body: string): Promise<Response> => fetch(path, { method: 'POST', body })

/**
 * Runs the work of a page and reports its result to the test that opened it.
 *
 * @param work - gets the options of the test; what it returns must survive JSON
 */
export const answerTest = async <Options>(work: (options: Options) => unknown): Promise<void> => {
  const answer: { value?: unknown; failure?: string } = {}
  try {
    const options = (await (await fetch('/options')).json()) as Options
    answer.value = await work(options)
  } catch (error) {
    answer.failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  await post('/answer', JSON.stringify(answer))
}

/** Tells the test how far the page is; shown when it fails. */
export const logToTest = (line: string): void => {
  void post('/log', line)
}
