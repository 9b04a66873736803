import { FormatError } from '@chainrule/tensor'
import { type DataSource, describeSource } from './data-source.js'
import { gunzip, isGzip } from './gunzip.js'
import { readSource } from './read-source.js'

/**
 * The text of a UTF-8 source, plain or gzip, without a byte-order mark.
 *
 * @param source - path, address, bytes or blob
 * @param operation - who asks, for messages
 * @returns the text
 * @throws SourceError when it cannot be read
 * @throws FormatError when it is not UTF-8, or broken gzip
 */
export const readText = async (source: DataSource, operation: string): Promise<string> => {
  const bytes = await readSource(source, operation)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  const decode = (piece?: Uint8Array): void => {
    try {
      text += piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true })
    } catch (error) {
      throw new FormatError(
        `${operation}: got bytes that are not UTF-8 in ${describeSource(source)}, expected UTF-8 text, plain or gzip. ` +
          'Convert the file first.',
        { cause: error },
      )
    }
  }
  if (isGzip(bytes)) for await (const piece of gunzip(bytes, operation)) decode(piece)
  else decode(bytes)
  decode()
  return text
}
