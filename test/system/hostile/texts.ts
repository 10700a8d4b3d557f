import { type Arbitrary, array, constantFrom, integer, oneof, tuple } from 'fast-check'

/** Names that objects inherit. */
export const prototypeNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
]

/** Texts that have broken something somewhere. */
const nasty = [
  ...prototypeNames,
  '',
  ' ',
  '.',
  '..',
  '../../..',
  '/',
  'a/b',
  '//',
  '\\',
  'a\\b',
  '\0',
  'a\0b',
  'a\r\nset-cookie: evil=1',
  'a\nb',
  '\t',
  '\u0085',
  '\u2028',
  '\ufeffa',
  '%',
  '%zz',
  '%2F',
  '%252F',
  '%00',
  '?a=b',
  '#a',
  '+',
  '~acme/diary/victim',
  '~acme',
  'acme/diary/victim',
  'diary/victim',
  'events',
  'health',
  'null',
  'undefined',
  'NaN',
  '-0',
  '1e999',
  '9007199254740993',
  'é',
  'e\u0301',
  'ﬁ',
  'fi',
  '\u212a',
  'K',
  'ａ',
  'а',
  'a\u200b',
  '\u202ea',
  '😀',
  '\ud83d',
  '\ude00',
  '<script>alert(1)</script>',
  "' OR 1=1 --",
  '${7*7}',
  'x'.repeat(512),
  'é'.repeat(256),
  'x'.repeat(513),
  'x'.repeat(3_000),
]

/**
 * Any characters, half ones included, in all ranges alike. Not `string` of fast-check: it spends seconds on a table that
 * only shrinking reads.
 */
export function anyText(maxLength: number): Arbitrary<string> {
  const unit = oneof(
    integer({ min: 0, max: 0x7f }),
    integer({ min: 0x80, max: 0x7ff }),
    integer({ min: 0x800, max: 0xffff }),
    integer({ min: 0x10000, max: 0x10ffff }),
  )
  return array(unit, { maxLength }).map((units) => String.fromCodePoint(...units))
}

export const nastyText: Arbitrary<string> = oneof(
  { weight: 4, arbitrary: constantFrom(...nasty) },
  { weight: 2, arbitrary: anyText(12) },
)

const encoders: readonly ((text: string) => string)[] = [
  (text) => encodeURIComponent(text.toWellFormed()),
  (text) => encodeURIComponent(text.toWellFormed()).toLowerCase(),
  (text) => everyByte(text),
  (text) => everyByte(text).toLowerCase(),
  (text) => encodeURIComponent(encodeURIComponent(text.toWellFormed())),
  (text) => text,
]

/** The text as a segment of a path, in one of the ways clients write it, right or wrong. */
export function segment(text: Arbitrary<string>): Arbitrary<string> {
  const encoder = oneof({ weight: 6, arbitrary: integer({ min: 0, max: 0 }) }, integer({ min: 1, max: 5 }))
  return tuple(text, encoder).map(([plain, index]) => encoders[index]?.(plain) ?? plain)
}

function everyByte(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
    '',
  )
}
