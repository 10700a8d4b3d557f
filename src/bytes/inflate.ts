import {
  distanceBase,
  distanceExtra,
  fixedDistances,
  fixedLengths,
  lengthBase,
  lengthExtra,
} from './deflate-tables.ts'

/** How many codes there are of each length, and their symbols in order of their codes. */
interface Codes {
  readonly counts: Uint16Array
  readonly symbols: Uint16Array
}

const maxCodeBits = 15
const endOfBlock = 256
/** The order in which lengths of the code for code lengths come. */
const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/** Reads bits, the lowest of each byte first. */
interface BitReader {
  bits(count: number): number
  symbol(codes: Codes): number
  /** Drops the rest of the byte, then returns that many bytes. */
  bytes(count: () => number): Uint8Array
}

/** Collects bytes up to a limit. */
interface Output {
  push(byte: number): void
  append(bytes: Uint8Array): void
  /** Repeats `length` bytes from `distance` back. */
  repeat(length: number, distance: number): void
  done(): Uint8Array
}

/**
 * Undoes raw DEFLATE. Throws on anything that zlib refuses, and an Error with code `ERR_BUFFER_TOO_LARGE`, as zlib in
 * Node.js, when there are more than `maxBytes`. Source: https://www.rfc-editor.org/rfc/rfc1951
 */
export function inflateRaw(input: Uint8Array, maxBytes: number): Uint8Array {
  const reader = bitReader(input)
  const output = collect(Math.min(maxBytes, input.length * 4), maxBytes)
  for (let last = false; !last; ) {
    last = reader.bits(1) === 1
    const type = reader.bits(2)
    if (type === 0) output.append(reader.bytes(() => storedLength(reader)))
    else if (type === 1) inflateBlock(reader, output, fixed())
    else if (type === 2) inflateBlock(reader, output, readCodes(reader))
    else throw damaged()
  }
  return output.done()
}

function inflateBlock(
  reader: BitReader,
  output: Output,
  [literals, distances]: readonly [Codes, Codes],
): void {
  for (;;) {
    const symbol = reader.symbol(literals)
    if (symbol === endOfBlock) return
    if (symbol < endOfBlock) {
      output.push(symbol)
      continue
    }
    const length = valueOf(reader, symbol - endOfBlock - 1, lengthBase, lengthExtra)
    output.repeat(length, valueOf(reader, reader.symbol(distances), distanceBase, distanceExtra))
  }
}

function valueOf(
  reader: BitReader,
  index: number,
  base: readonly number[],
  extra: readonly number[],
): number {
  const [least, bits] = [base[index], extra[index]]
  if (least === undefined || bits === undefined) throw damaged()
  return least + reader.bits(bits)
}

function storedLength(reader: BitReader): number {
  const length = reader.bits(16)
  if ((reader.bits(16) ^ 0xffff) !== length) throw damaged()
  return length
}

let fixedCodes: readonly [Codes, Codes] | undefined
function fixed(): readonly [Codes, Codes] {
  fixedCodes ??= [codesOf(fixedLengths).codes, codesOf(fixedDistances).codes]
  return fixedCodes
}

/** The codes of a block that brings its own. */
function readCodes(reader: BitReader): readonly [Codes, Codes] {
  const [literals, distances, given] = [reader.bits(5) + 257, reader.bits(5) + 1, reader.bits(4) + 4]
  if (literals > 286 || distances > 30) throw damaged()
  const ofLengths = Array.from(lengthOrder, () => 0)
  for (const symbol of lengthOrder.slice(0, given)) ofLengths[symbol] = reader.bits(3)
  const { codes, unused } = codesOf(ofLengths)
  if (unused !== 0) throw damaged()

  const lengths: number[] = []
  while (lengths.length < literals + distances) {
    const symbol = reader.symbol(codes)
    if (symbol < 16) {
      lengths.push(symbol)
      continue
    }
    const previous = symbol === 16 ? lengths.at(-1) : 0
    if (previous === undefined) throw damaged()
    const count =
      symbol === 16 ? 3 + reader.bits(2) : symbol === 17 ? 3 + reader.bits(3) : 11 + reader.bits(7)
    for (let repeated = 0; repeated < count; repeated++) lengths.push(previous)
  }
  if (lengths.length > literals + distances || lengths[endOfBlock] === 0) throw damaged()
  return [checkedCodes(lengths.slice(0, literals)), checkedCodes(lengths.slice(literals))]
}

/** An incomplete set of codes is allowed only where it is a single code of one bit. */
function checkedCodes(lengths: readonly number[]): Codes {
  const { codes, unused } = codesOf(lengths)
  const { counts } = codes
  if (unused > 0 && lengths.length !== (counts[0] ?? 0) + (counts[1] ?? 0)) throw damaged()
  return codes
}

/** Canonical codes of symbols, and how many codes of the greatest length stay unused. */
function codesOf(lengths: readonly number[]): { readonly codes: Codes; readonly unused: number } {
  const counts = new Uint16Array(maxCodeBits + 1)
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1
  const offsets = new Uint16Array(maxCodeBits + 2)
  let unused = 1
  for (let length = 1; length <= maxCodeBits; length++) {
    unused = unused * 2 - (counts[length] ?? 0)
    if (unused < 0) throw damaged()
    offsets[length + 1] = (offsets[length] ?? 0) + (counts[length] ?? 0)
  }
  const symbols = new Uint16Array(lengths.length)
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue
    const at = offsets[length] ?? 0
    symbols[at] = symbol
    offsets[length] = at + 1
  }
  return { codes: { counts, symbols }, unused: counts[0] === lengths.length ? 0 : unused }
}

function bitReader(input: Uint8Array): BitReader {
  let [at, held, holds] = [0, 0, 0]

  function bits(count: number): number {
    while (holds < count) {
      const byte = input[at++]
      if (byte === undefined) throw damaged()
      held |= byte << holds
      holds += 8
    }
    const value = held & ((1 << count) - 1)
    held >>>= count
    holds -= count
    return value
  }

  return {
    bits,
    symbol({ counts, symbols }) {
      let [code, first, index] = [0, 0, 0]
      for (let length = 1; length <= maxCodeBits; length++) {
        code |= bits(1)
        const count = counts[length] ?? 0
        if (code - count < first) return symbols[index + code - first] as number
        index += count
        first = (first + count) << 1
        code <<= 1
      }
      throw damaged()
    },
    bytes(count) {
      bits(holds)
      const length = count()
      if (at + length > input.length) throw damaged()
      at += length
      return input.subarray(at - length, at)
    },
  }
}

function collect(expectedBytes: number, maxBytes: number): Output {
  let bytes = new Uint8Array(expectedBytes)
  let length = 0

  function reserve(more: number): void {
    const needed = length + more
    if (needed > maxBytes) throw tooLarge(maxBytes)
    if (needed <= bytes.length) return
    const larger = new Uint8Array(Math.min(maxBytes, Math.max(needed, bytes.length * 2)))
    larger.set(bytes)
    bytes = larger
  }

  return {
    push(byte) {
      if (length >= bytes.length) reserve(1)
      bytes[length++] = byte
    },
    append(more) {
      reserve(more.length)
      bytes.set(more, length)
      length += more.length
    },
    repeat(count, distance) {
      if (distance > length) throw damaged()
      reserve(count)
      // Byte by byte: what is repeated may be what this writes.
      for (const end = length + count; length < end; length++)
        bytes[length] = bytes[length - distance] as number
    },
    done: () => bytes.subarray(0, length),
  }
}

function damaged(): Error {
  return new Error('The data is no complete raw DEFLATE stream.')
}

function tooLarge(maxBytes: number): Error {
  return Object.assign(new RangeError(`The data inflates to more than ${maxBytes} bytes.`), {
    code: 'ERR_BUFFER_TOO_LARGE',
  })
}
