/** All chunks, one after the other, in one array. */
export async function collectBytes(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const list: Uint8Array[] = []
  for await (const chunk of chunks) list.push(chunk)
  const bytes = new Uint8Array(list.reduce((total, { length }) => total + length, 0))
  let position = 0
  for (const chunk of list) {
    bytes.set(chunk, position)
    position += chunk.length
  }
  return bytes
}
