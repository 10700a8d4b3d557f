import { distanceBase, distanceExtra, fixedLengths, lengthBase, lengthExtra } from './deflate-tables.ts'

const windowBytes = 32_768
const [shortest, longest] = [3, 258]
/** Earlier places tried for a match. */
const probes = 32
const hashBits = 15

/**
 * Raw DEFLATE in one block with the fixed codes: larger than zlib's by a third or so, in a fraction of its code. Any
 * inflate reads it. Source: https://www.rfc-editor.org/rfc/rfc1951
 */
export function deflateRaw(input: Uint8Array): Uint8Array {
  const output = bitWriter()
  const matches = matchFinder(input)
  // The last block; with fixed codes.
  output.bits(0b011, 3)
  for (let at = 0; at < input.length; ) {
    const { length, distance } = matches.longestAt(at)
    if (length < shortest) {
      output.literal(input[at] ?? 0)
      matches.add(at++)
      continue
    }
    writeLength(output, length)
    writeDistance(output, distance)
    for (const end = at + length; at < end; at++) matches.add(at)
  }
  output.literal(256)
  return output.done()
}

function writeLength(output: BitWriter, length: number): void {
  const symbol = lengthBase.findLastIndex((base) => base <= length)
  output.literal(257 + symbol)
  output.bits(length - (lengthBase[symbol] ?? 0), lengthExtra[symbol] ?? 0)
}

function writeDistance(output: BitWriter, distance: number): void {
  const symbol = distanceBase.findLastIndex((base) => base <= distance)
  output.bits(reversed(symbol, 5), 5)
  output.bits(distance - (distanceBase[symbol] ?? 0), distanceExtra[symbol] ?? 0)
}

interface MatchFinder {
  /** The longest repetition that begins here; its length is 0 if nothing repeats. */
  longestAt(at: number): { readonly length: number; readonly distance: number }
  /** Lets later places repeat what begins here. */
  add(at: number): void
}

function matchFinder(input: Uint8Array): MatchFinder {
  const newest = new Int32Array(1 << hashBits).fill(-1)
  const before = new Int32Array(windowBytes)
  const hashAt = (at: number) => {
    const three = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8) | ((input[at + 2] ?? 0) << 16)
    return Math.imul(three, 0x9e3779b1) >>> (32 - hashBits)
  }
  return {
    longestAt(at) {
      const limit = Math.min(longest, input.length - at)
      let best = { length: 0, distance: 0 }
      if (limit < shortest) return best
      let from = newest[hashAt(at)] ?? -1
      for (let probe = 0; probe < probes && from >= 0 && at - from <= windowBytes; probe++) {
        let length = 0
        while (length < limit && input[from + length] === input[at + length]) length++
        if (length > best.length) best = { length, distance: at - from }
        if (length === limit) break
        const earlier = before[from % windowBytes] ?? -1
        // What was there has been overwritten by a later place.
        if (earlier >= from) break
        from = earlier
      }
      return best
    },
    add(at) {
      if (at + shortest > input.length) return
      const hash = hashAt(at)
      before[at % windowBytes] = newest[hash] ?? -1
      newest[hash] = at
    },
  }
}

interface BitWriter {
  /** The lowest bit first. */
  bits(value: number, count: number): void
  /** A symbol of the fixed code for literals and lengths. */
  literal(symbol: number): void
  done(): Uint8Array
}

function bitWriter(): BitWriter {
  const bytes: number[] = []
  let [held, holds] = [0, 0]
  const codes = literalCodes()

  function bits(value: number, count: number): void {
    held |= value << holds
    holds += count
    for (; holds >= 8; holds -= 8) {
      bytes.push(held & 0xff)
      held >>>= 8
    }
  }

  return {
    bits,
    literal: (symbol) => bits(codes[symbol] ?? 0, fixedLengths[symbol] ?? 0),
    done() {
      bits(0, -holds & 7)
      return Uint8Array.from(bytes)
    },
  }
}

let codes: readonly number[] | undefined
/** The fixed codes, the first bit to be written lowest. */
function literalCodes(): readonly number[] {
  const firstOfLength: Readonly<Record<number, number>> = { 7: 0, 8: 0b00110000, 9: 0b110010000 }
  codes ??= fixedLengths.map((length, symbol) => {
    const first = firstOfLength[length] ?? 0
    const index =
      symbol < 144 ? symbol : symbol < 256 ? symbol - 144 : symbol < 280 ? symbol - 256 : symbol - 280 + 144
    return reversed(first + index, length)
  })
  return codes
}

function reversed(code: number, bits: number): number {
  let result = 0
  for (let bit = 0; bit < bits; bit++) result |= ((code >> bit) & 1) << (bits - 1 - bit)
  return result
}
