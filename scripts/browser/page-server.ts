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

/** What the server gives a page, and whom it tells of what the page reports. */
export interface PageServerOptions {
  readonly script: string
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

const give = (response: ServerResponse, type: string, body: string, headers = {}): void => {
  response.writeHead(200, { 'content-type': type, ...headers }).end(body)
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
    } else if (request.url === '/') give(response, 'text/html', html, page.headers)
    // A browser asks for the embedder policy of scripts as well where they start workers.
    else if (request.url === '/watch.js') give(response, 'text/javascript', watchSource, page.headers)
    else if (request.url === '/page.js') give(response, 'text/javascript', page.script, page.headers)
    else if (request.url === '/options') give(response, 'application/json', JSON.stringify(page.options))
    else response.writeHead(204).end()
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
