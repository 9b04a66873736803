/**
 * Where data comes from: a path (Node), an address (`https:`, `file:`, `data:`, `blob:`; in browsers also relative), bytes in
 * memory, or a `Blob` or `File`. Gzip is recognised by its first bytes and unpacked.
 */
export type DataSource = string | URL | ArrayBuffer | ArrayBufferView | Blob

/** How a source is called in a message. */
export const describeSource = (source: DataSource): string => {
  if (typeof source === 'string') return `"${source.length > 120 ? `${source.slice(0, 117)}…` : source}"`
  if (source instanceof URL) return describeSource(source.href)
  return `${source instanceof Blob ? source.size : source.byteLength} bytes`
}
