import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Answer } from './page.js'
import { watchSource } from './watch-source.js'

/** Something that went wrong on a page. */
export interface PageError {
  /** Nobody caught it, the content security policy forbade it, or it was written with `console.error`. */
  readonly kind: 'uncaught' | 'policy' | 'console'
  readonly text: string
}

/** Answers requests for the page's own files; its module is `/page.js`. */
export type ServeFiles = (request: IncomingMessage, response: ServerResponse) => void

/** What the server gives a page, and whom it tells of what the page reports. */
export interface PageServerOptions {
  readonly files: ServeFiles
  readonly options: unknown
  /** Headers of the page. */
  readonly headers: Readonly<Record<string, string>>
  readonly onAnswer: (answer: Answer) => void
  readonly onError: (error: PageError) => void
  readonly onLog: (line: string) => void
}

const html =
  '<!doctype html><meta charset="utf-8"><title>test</title>' +
  '<script src="/watch.js"></script><script type="module" src="/page.js"></script>'

const give = (response: ServerResponse, type: string, body: string): void => {
  response.writeHead(200, { 'content-type': type }).end(body)
}

/**
 * Files for a page that are scripts in memory.
 *
 * @param scripts - by path, such as `/page.js`
 * @returns what answers requests for them
 */
export const serveScripts =
  (scripts: Readonly<Record<string, string>>): ServeFiles =>
  ({ url = '' }, response) => {
    const script = scripts[url]
    if (script === undefined) response.writeHead(204).end()
    else give(response, 'text/javascript', script)
  }

/**
 * Serves one page on a free port of this machine.
 *
 * @param page - what it gets, and who listens
 * @returns its address, and how to stop
 */
export const servePage = async (page: PageServerOptions): Promise<{ address: string; stop: () => Promise<void> }> => {
  const receive = async (request: IncomingMessage): Promise<void> => {
    const body = await text(request)
    if (request.url === '/answer') page.onAnswer(JSON.parse(body) as Answer)
    else if (request.url === '/error') page.onError(JSON.parse(body) as PageError)
    else page.onLog(body)
  }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'POST') {
      await receive(request)
      response.writeHead(204).end()
      return
    }
    // A browser asks for the embedder policy of scripts as well where they start workers.
    for (const [name, value] of Object.entries(page.headers)) response.setHeader(name, value)
    if (request.url === '/') give(response, 'text/html', html)
    else if (request.url === '/watch.js') give(response, 'text/javascript', watchSource)
    else if (request.url === '/options') give(response, 'application/json', JSON.stringify(page.options))
    else page.files(request, response)
  }
  const server: Server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { address: `http://127.0.0.1:${String(port)}/`, stop }
}
