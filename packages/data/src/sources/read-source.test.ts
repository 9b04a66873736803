import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DataSource } from './data-source.js'
import { readSource } from './read-source.js'
import { SourceError } from './source-error.js'

describe('readSource', () => {
  const content = Uint8Array.of(1, 2, 3, 250)
  let folder = ''
  let server: Server
  let address = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chainrule-'))
    await writeFile(join(folder, 'file.bin'), content)
    server = createServer((request, response) => {
      response.statusCode = request.url === '/file.bin' ? 200 : 404
      response.end(content)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterAll(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })

  test.each<[string, () => DataSource]>([
    ['a path', () => join(folder, 'file.bin')],
    ['a file address', () => pathToFileURL(join(folder, 'file.bin'))],
    ['a file address as text', () => pathToFileURL(join(folder, 'file.bin')).href],
    ['a web address', () => `${address}/file.bin`],
    ['a web address as URL', () => new URL(`${address}/file.bin`)],
    ['a data address', () => 'data:application/octet-stream;base64,AQID+g=='],
    ['bytes', () => content],
    ['a part of a buffer', () => Uint8Array.of(9, 1, 2, 3, 250, 9).subarray(1, 5)],
    ['a buffer', () => content.slice().buffer],
    ['a view of another type', () => new DataView(content.slice().buffer)],
    ['a blob', () => new Blob([content])],
  ])('reads %s', async (_, source) => {
    expect([...(await readSource(source(), 'loadIdx'))]).toEqual([...content])
  })

  test('names a file that is not there', async () => {
    const reading = readSource(join(folder, 'missing.bin'), 'loadIdx')
    await expect(reading).rejects.toThrow(SourceError)
    await expect(reading).rejects.toThrow(
      /^loadIdx: got ".*missing\.bin", expected a file that can be read \(ENOENT.*Check the path\.$/,
    )
    await expect(reading).rejects.toMatchObject({ code: 'SOURCE', name: 'SourceError' })
  })

  test('names an address that answers with an error, or not at all', async () => {
    await expect(readSource(`${address}/other`, 'loadCsv')).rejects.toThrow(
      /^loadCsv: got "http.*other", expected an address.*status 404/,
    )
    await expect(readSource('http://127.0.0.1:1/x', 'loadCsv')).rejects.toThrow(SourceError)
  })
})
