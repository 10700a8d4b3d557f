import { deflateRawSync, inflateRawSync } from 'node:zlib'

/**
 * Texts of a record may be compressed: `z` names the fields, one character each, whose text is then
 * base64(raw DEFLATE(UTF-8)). Done only where the record gets cheaper by it.
 */
export function compress(text: string): string {
  return deflateRawSync(text).toString('base64')
}

/** The text behind {@link compress}. Throws on text that is none. */
export function decompress(text: string): string {
  return inflateRawSync(Buffer.from(text, 'base64')).toString('utf8')
}
