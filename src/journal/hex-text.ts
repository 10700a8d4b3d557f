/** UTF-8 as hexadecimal digits. */
export function hexOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The text of hexadecimal digits of UTF-8. */
export function textOfHex(hex: string): string {
  const bytes = hex.match(/../g) ?? []
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
    Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 16)),
  )
}
