import { gzipSync } from 'node:zlib'

/** Packs text or bytes as a gzip file. */
export const gzip = (content: string | Uint8Array): Uint8Array => new Uint8Array(gzipSync(content))
