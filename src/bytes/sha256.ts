const blockBytes = 64
/** First 32 bits of the fractional parts of the cube roots of the first 64 primes, and of the square roots of the first 8. */
const [roundConstants, startState] = constants()

function constants(): readonly [Uint32Array, Uint32Array] {
  const cubic = new Uint32Array(64)
  const square = new Uint32Array(8)
  const fraction = (root: number) => (root - Math.floor(root)) * 2 ** 32
  for (let found = 0, candidate = 2; found < cubic.length; candidate++) {
    if (!isPrime(candidate)) continue
    if (found < square.length) square[found] = fraction(Math.sqrt(candidate))
    cubic[found++] = fraction(Math.cbrt(candidate))
  }
  return [cubic, square]
}

function isPrime(value: number): boolean {
  for (let divisor = 2; divisor * divisor <= value; divisor++) if (value % divisor === 0) return false
  return true
}

/** SHA-256 of bytes, as 32 bytes. Source: https://doi.org/10.6028/NIST.FIPS.180-4 */
export function sha256(message: Uint8Array): Uint8Array {
  const blocks = Math.ceil((message.length + 9) / blockBytes)
  const padded = new Uint8Array(blocks * blockBytes)
  padded.set(message)
  padded[message.length] = 0x80
  const words = new DataView(padded.buffer)
  words.setUint32(padded.length - 8, Math.floor(message.length / 2 ** 29))
  words.setUint32(padded.length - 4, message.length << 3)

  const state = startState.slice()
  const schedule = new Uint32Array(64)
  for (let at = 0; at < padded.length; at += blockBytes) addBlock(state, schedule, words, at)
  const digest = new Uint8Array(32)
  const view = new DataView(digest.buffer)
  for (const [index, word] of state.entries()) view.setUint32(index * 4, word)
  return digest
}

// Indices below stay within the arrays, whose elements the type checker takes for possibly undefined.
function addBlock(state: Uint32Array, w: Uint32Array, words: DataView, at: number): void {
  for (let t = 0; t < 16; t++) w[t] = words.getUint32(at + t * 4)
  for (let t = 16; t < 64; t++) {
    const [early, late] = [w[t - 15] as number, w[t - 2] as number]
    const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)
    const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10)
    w[t] = (w[t - 16] as number) + s0 + (w[t - 7] as number) + s1
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const t1 = h + s1 + ((e & f) ^ (~e & g)) + (roundConstants[t] as number) + (w[t] as number)
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c))
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries())
    state[index] = (state[index] as number) + word
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}
