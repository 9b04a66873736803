import { bundlePage } from './bundle-page.js'
import { startChromium } from './chromium.js'
import { type PageError, servePage, type ServeFiles, serveScripts } from './page-server.js'
import type { Answer } from './page.js'

/** How to run a page. */
export interface RunPageOptions {
  /** Given to the page's work, through JSON. */
  readonly options?: unknown
  /** Whether the page may share memory with workers. Default true. */
  readonly isolated?: boolean
  /** Content security policy; default one that forbids `eval` and everything foreign. */
  readonly policy?: string
  /** Milliseconds until the page must have answered. Default 120000. */
  readonly limit?: number
}

/** What became of a page. */
export interface PageResult<Value> {
  readonly value: Value
  /** What went wrong beside, in order. */
  readonly errors: readonly PageError[]
}

/** Scripts of the page's own, WebAssembly, and workers made of text: what the library needs. */
export const strictPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:; connect-src 'self'"

const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

/**
 * Opens a page in headless Chromium and waits for the answer that its module gives, as with `answerTest`.
 *
 * @param name - what to call it in errors
 * @param files - what it consists of
 * @param options - what to give it, and under which headers
 * @returns what the page's work returned
 * @throws Error with the page's stack, or with what Chromium wrote when it did not start or did not answer in time
 */
export const openPage = async <Value>(
  name: string,
  files: ServeFiles,
  { options = null, isolated = true, policy = strictPolicy, limit = 120_000 }: RunPageOptions = {},
): Promise<PageResult<Value>> => {
  const errors: PageError[] = []
  const lines: string[] = []
  const { promise, resolve, reject } = withResolvers<Answer>()
  const server = await servePage({
    files,
    options,
    headers: { 'content-security-policy': policy, ...(isolated ? isolation : {}) },
    onAnswer: resolve,
    onLog: (line) => lines.push(line),
    onError: (error) => {
      errors.push(error)
      if (error.kind === 'uncaught') reject(new Error(`${name}: ${error.text}`))
    },
  })
  const explain = (what: string, output: string): Error =>
    new Error([`${name}: ${what}`, ...lines, ...errors.map(({ text }) => text), output].join('\n'))
  let timer: NodeJS.Timeout | undefined
  try {
    const chromium = startChromium(server.address)
    timer = setTimeout(() => reject(explain(`no answer within ${String(limit)} ms`, chromium.output())), limit)
    void chromium.ended.then((output) => reject(explain('Chromium ended before the page answered', output)))
    try {
      const { value, failure } = await promise
      if (failure !== undefined) throw explain(failure, '')
      return { value: value as Value, errors }
    } finally {
      await chromium.stop()
    }
  } finally {
    clearTimeout(timer)
    await server.stop()
  }
}

/**
 * Bundles a page, opens it in headless Chromium, and waits for the answer that its module gives with `answerTest`.
 *
 * @param entry - path of the page's module
 * @param options - what to give it, and under which headers
 * @returns what the page's work returned
 * @throws Error as `openPage` does
 */
export const runPage = async <Value>(entry: string, options: RunPageOptions = {}): Promise<PageResult<Value>> =>
  openPage(entry, serveScripts({ '/page.js': await bundlePage(entry) }), options)

/** A promise with its ends (`Promise.withResolvers` needs Node.js 22). */
const withResolvers = <T>(): {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (reason: Error) => void
} => {
  let resolve: (value: T) => void = () => undefined
  let reject: (reason: Error) => void = () => undefined
  const promise = new Promise<T>((give, refuse) => {
    resolve = give
    reject = refuse
  })
  return { promise, resolve, reject }
}
