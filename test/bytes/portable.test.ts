import { constants, deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import * as node from '../../src/bytes/node.ts'
import * as portable from '../../src/bytes/portable.ts'
import { seededRandom } from '../../src/testing/virtual-platform.ts'
import { noise } from '../helpers/noise.ts'

const words = [
  'deposit',
  ' {"type":"Deposited","amount":',
  'ü',
  '日本',
  '😀',
  '\ud800',
  '\0',
  '\ufeff',
  '"',
  '\\',
]
const random = seededRandom(7)
const pick = (count: number) => Math.floor(random() * count)

/** Texts of every length around a block of SHA-256, then longer ones of words that repeat. */
const texts = [
  ...Array.from({ length: 140 }, (_, length) => 'x'.repeat(length)),
  ...Array.from({ length: 60 }, () =>
    Array.from({ length: pick(3_000) }, () => words[pick(words.length)]).join(''),
  ),
  noise(70_000),
  'the quick brown fox '.repeat(20_000),
]

const maxBytes = 1_000_000
const kinds = [
  { level: 0 },
  { level: 1 },
  { level: 9 },
  { strategy: constants.Z_FIXED },
  { strategy: constants.Z_HUFFMAN_ONLY },
  { strategy: constants.Z_RLE },
]

/** What a call returns, or the code of its error: `'refused'` where it has none of use to a caller. */
function outcome(call: () => string): string {
  try {
    return `= ${call()}`
  } catch (error) {
    const code = (error as { code?: string }).code
    return code === 'ERR_BUFFER_TOO_LARGE' ? code : 'refused'
  }
}

describe('the portable bytes', () => {
  test('have the digests and lengths of the built-in ones', () => {
    for (const text of texts) {
      expect(portable.sha256(text)).toBe(node.sha256(text))
      expect(portable.byteLength(text)).toBe(node.byteLength(text))
    }
  })

  test('are written as the same base64url', () => {
    for (let length = 0; length < 300; length++) {
      const bytes = Uint8Array.from({ length }, () => pick(256))
      expect(portable.base64url(bytes)).toBe(node.base64url(bytes))
    }
  })

  test('inflate what zlib deflates, in each kind of block', () => {
    for (const text of texts) {
      for (const kind of kinds) {
        const stored = deflateRawSync(text, kind).toString('base64')
        expect(portable.decompress(stored, maxBytes)).toBe(text.toWellFormed())
      }
    }
  })

  test('deflate into what zlib inflates, and into less where something repeats', () => {
    for (const text of texts) {
      const stored = portable.compress(text)
      expect(node.decompress(stored, maxBytes)).toBe(text.toWellFormed())
      expect(portable.decompress(stored, maxBytes)).toBe(text.toWellFormed())
    }
    const events = JSON.stringify(Array.from({ length: 200 }, (_, amount) => ({ type: 'Deposited', amount })))
    expect(portable.compress(events).length).toBeLessThan(2 * node.compress(events).length)
  })

  test('refuse the damaged texts that zlib refuses, and read the others alike', () => {
    let refused = 0
    for (let round = 0; round < 3_000; round++) {
      const bytes = deflateRawSync(texts[140 + pick(60)] ?? '', kinds[pick(kinds.length)])
      const short = bytes.subarray(0, 1 + pick(Math.min(bytes.length, 400)))
      const damaged = pick(3) === 0 ? short : Buffer.from(bytes)
      if (damaged !== short) damaged[pick(Math.min(damaged.length, 60))] = pick(256)
      const stored = damaged.toString('base64')
      const expected = outcome(() => node.decompress(stored, maxBytes))
      expect(outcome(() => portable.decompress(stored, maxBytes))).toBe(expected)
      if (expected === 'refused') refused += 1
    }
    expect(refused).toBeGreaterThan(500)
  })

  test('refuse a text that inflates to more than the limit, with the code of zlib', () => {
    const stored = node.compress('x'.repeat(1_000))
    for (const limit of [1, 999, 1_000]) {
      const expected = outcome(() => node.decompress(stored, limit))
      expect(outcome(() => portable.decompress(stored, limit))).toBe(expected)
    }
    expect(outcome(() => portable.decompress(stored, 999))).toBe('ERR_BUFFER_TOO_LARGE')
  })
})
