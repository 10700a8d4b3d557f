import crypto from 'node:crypto'
import zlib from 'node:zlib'

// Bytes behind texts, by what Node.js, Deno and Bun have built in; portable.ts does the same elsewhere.
// Default imports: a missing name would stop an older Node.js before the check of its version.

/** SHA-256 of the UTF-8 bytes of a text, as base64url without padding: 43 characters. */
export function sha256(text: string): string {
  return crypto.hash('sha256', text, 'base64url')
}

/** Bytes of a text as UTF-8. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text)
}

/** Bytes as base64url without padding. */
export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

/** A text as base64(raw DEFLATE(UTF-8)). */
export function compress(text: string): string {
  return zlib.deflateRawSync(text).toString('base64')
}

/**
 * The text behind {@link compress}. Throws on text of another form, and an Error with code `ERR_BUFFER_TOO_LARGE` when
 * it has more than `maxBytes` bytes.
 */
export function decompress(text: string, maxBytes: number): string {
  return zlib.inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: maxBytes }).toString('utf8')
}
