const common = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Both alphabets, as `Buffer.from(text, 'base64')` reads them. */
const values = new Uint8Array(128).fill(64)
for (const alphabet of [`${common}+/`, `${common}-_`])
  for (let value = 0; value < 64; value++) values[alphabet.charCodeAt(value)] = value

/** Bytes as base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  const text = encode(bytes, `${common}+/`)
  return text + '='.repeat(-text.length & 3)
}

/** Bytes as base64url without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return encode(bytes, `${common}-_`)
}

function encode(bytes: Uint8Array, alphabet: string): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second, third] = [bytes[at], bytes[at + 1], bytes[at + 2]]
    const group = (first << 16) | ((second ?? 0) << 8) | (third ?? 0)
    text += alphabet.charAt(group >> 18) + alphabet.charAt((group >> 12) & 63)
    if (second !== undefined) text += alphabet.charAt((group >> 6) & 63)
    if (third !== undefined) text += alphabet.charAt(group & 63)
  }
  return text
}

/** The bytes behind base64 or base64url, with padding or without. Skips other characters. */
export function fromBase64(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let [length, bits, held] = [0, 0, 0]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 61) break
    const value = values[unit] ?? 64
    if (value === 64) continue
    held = ((held << 6) | value) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[length++] = held >> bits
  }
  return bytes.subarray(0, length)
}
