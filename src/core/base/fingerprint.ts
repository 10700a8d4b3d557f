/**
 * A 53-bit hash of a text as 11 base-36 characters: short enough to ride in every commit.
 * Not cryptographic: it finds candidates and mix-ups; whatever it finds is confirmed by the full value.
 */
export function fingerprint(text: string): string {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    high = Math.imul(high ^ unit, 0x9e3779b1)
    low = Math.imul(low ^ unit, 0x5f356495)
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
  const hash = (high >>> 0) * 0x200000 + ((low >>> 0) >>> 11)
  return hash.toString(36).padStart(11, '0')
}
