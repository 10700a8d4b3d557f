import { fromBase64, toBase64, toBase64Url } from './base64.ts'
import { deflateRaw } from './deflate.ts'
import { inflateRaw } from './inflate.ts'
import { sha256 as digest } from './sha256.ts'

// The same as node.ts on any runtime of JavaScript: `#bytes` of package.json chooses. Synchronous, as `crypto.subtle` and
// `CompressionStream` are not, and faster than these up to about 10 KB.

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export function sha256(text: string): string {
  return toBase64Url(digest(encoder.encode(text)))
}

export function byteLength(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    // A pair of surrogates is four bytes; one alone is written as three.
    const pair = unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(at + 1))
    bytes += unit < 0x800 ? 1 : 2
    if (pair) at++
  }
  return bytes
}

export function base64url(bytes: Uint8Array): string {
  return toBase64Url(bytes)
}

export function compress(text: string): string {
  return toBase64(deflateRaw(encoder.encode(text)))
}

export function decompress(text: string, maxBytes: number): string {
  return decoder.decode(inflateRaw(fromBase64(text), maxBytes))
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}
