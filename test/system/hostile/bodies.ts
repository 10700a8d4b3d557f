import {
  type Arbitrary,
  constantFrom,
  constant,
  dictionary,
  jsonValue,
  oneof,
  record,
  tuple,
} from 'fast-check'
import { type HostileBody, markHere } from './hostile-request.ts'
import { anyText, nastyText, prototypeNames } from './texts.ts'

/** The largest body the app under attack takes. */
export const maxBodyBytes = 16_384

type Pieces = HostileBody['pieces']

const once = (text: string): Pieces => [[text, 1]]
const json = (value: unknown): Pieces => once(JSON.stringify(value))

const name = oneof(constantFrom(...prototypeNames, 'text', 'amount', 'type', 'replyTo', 'more'), nastyText)
const value = oneof(constantFrom<unknown>(markHere, 0, -0, 5, null, [], {}), nastyText, jsonValue())
const amount = constantFrom<unknown>(1, 5, 100, -0, 0.1, 2 ** 53 + 1, 1e308, -5, '5', null, {}, [1])

/** Fields that may well do for one of the commands. */
const fitting: Arbitrary<Pieces> = oneof(
  { weight: 4, arbitrary: constant({ text: markHere, amount: 5 }) },
  // Without a mark, so that it may be the same as another.
  { weight: 4, arbitrary: constant({ text: 'the same', amount: 5 }) },
  record({ text: nastyText.map((text) => markHere + text), more: dictionary(name, value, { maxKeys: 4 }) }),
  record({ text: constant(markHere), amount }),
  record({ amount }),
  record({ amounts: constantFrom<unknown>([1, 2], [], ['__proto__'], {}, Array(1_001).fill(1)) }),
  dictionary(name, value, { maxKeys: 5 }),
  constant({}),
).map(json)

/** Text that is JSON, or nearly, and means more than one thing, or too much. */
const ambiguous: Arbitrary<Pieces> = constantFrom(
  '{"text":"MARK","text":"b"}',
  '{"text":"MARK","\\u0074ext":"b"}',
  '{"text":"MARK","more":{"a":1,"a":2}}',
  '{"amount":1,"amount":1000}',
  '{"text":"MARK","__proto__":{"polluted":true}}',
  '{"text":"MARK","\\u005f_proto__":{"polluted":true}}',
  '{"text":"MARK","more":{"__proto__":{"polluted":true}}}',
  '{"text":"MARK","more":{"constructor":{"prototype":{"polluted":true}}}}',
  '{"text":"MARK","constructor":{"prototype":{"polluted":true}},"toString":1}',
  '{"text":"MARK","more":{"toJSON":1,"then":1,"length":-1}}',
  '{"text":"MARK","toJSON":"x","then":"x"}',
  '{"text":"MARK","amount":1e999}',
  '{"text":"MARK","amount":-1e999,"more":{"x":1e999}}',
  '{"text":"MARK","amount":-0}',
  '{"text":"MARK","amount":9007199254740993}',
  '{"text":"MARK","amount":1E-400}',
  '{"text":"MARK","amount":0.1e-400}',
  '{"text":"MARK","more":{"n":12345678901234567890}}',
  '{"text":"MARK","more":{"n":-90071992547409920e-1}}',
  '{"text":"MARK","more":{"\\u0061":1,"a":2}}',
  '{"text":"MARK","amount":NaN}',
  '{"text":"MARK","amount":Infinity}',
  '{"text":"MARK\\ud800"}',
  '{"text":"\\udc00\\ud800MARK"}',
  '{"text":"MARK\ud800"}',
  '{"text":"MARK\\u0000\\r\\n"}',
  '{"text":"MARK\0"}',
  '{"text":"MARK\n"}',
  '{"type":"Write","text":"MARK"}',
  '{"type":"Fill","text":"MARK"}',
  '{"type":"Deposit","amount":1000}',
  '{"type":"Read"}',
  '{"type":["Write"],"text":"MARK"}',
  '{"type":null,"text":"MARK"}',
  '{"ty\\u0070e":"Write","text":"MARK"}',
  '{"text":"MARK","replyTo":{"tell":1}}',
  '{"text":"MARK","tenant":"acme","principal":{"id":"ada"},"commandId":"k1"}',
  '{"text":"MARK"}{"text":"b"}',
  '{"text":"MARK"},',
  "{'text':'MARK'}",
  '{"text":"MARK"/**/}',
  '[]',
  '[{"text":"MARK"}]',
  '"MARK"',
  'null',
  'true',
  '0',
  'NaN',
  ' ',
  '{',
  '',
).map(once)

const depths = [62, 63, 64, 65, 66, 200, 10_000]
const deep: Arbitrary<Pieces> = oneof(
  constantFrom(...depths).map(
    (depth): Pieces => [
      ['{"text":"MARK","more":{"a":', 1],
      ['[', depth],
      [']', depth],
      ['}}', 1],
    ],
  ),
  constantFrom(...depths).map(
    (depth): Pieces => [
      ['{"a":', depth],
      ['1', 1],
      ['}', depth],
    ],
  ),
  constantFrom(...depths).map((depth): Pieces => [['[', depth]]),
)

/** So many bytes in all, give or take the few around the mark. */
const sized = (bytes: number): Pieces => [
  ['{"text":"MARK', 1],
  ['x', bytes - 28],
  ['"}', 1],
  [' ', 13],
]
const large: Arbitrary<Pieces> = constantFrom(
  maxBodyBytes - 20,
  maxBodyBytes,
  maxBodyBytes + 20,
  2 * maxBodyBytes,
  1_000_000,
).map(sized)
const huge: Arbitrary<Pieces> = constant(sized(10_000_000))

const truncated: Arbitrary<Pieces> = tuple(fitting, constantFrom(0.2, 0.5, 0.9)).map(([[piece], part]) => {
  const [text] = piece ?? ['']
  return once(text.slice(0, text.length * part))
})

/** Fits, or nearly, and is made of what a scanner of JSON has to look at one by one. */
const dense: Arbitrary<Pieces> = constantFrom<readonly [string, number]>(
  ['\\\\', 7_000],
  ['\\"', 7_000],
  ['\\u005c', 1_500],
  ['\\\\', 2_000_000],
).map((piece): Pieces => [['{"text":"MARK', 1], piece, ['"}', 1]])
const crowded: Arbitrary<Pieces> = constantFrom<readonly [string, number]>(
  ['{"a":0},', 1_900],
  ['1e5,', 3_000],
  ['"",', 4_000],
  ['-0.0,', 2_500],
).map((piece): Pieces => [['{"text":"MARK","amount":5,"more":{"list":[', 1], piece, ['0]}}', 1]])

const noise: Arbitrary<Pieces> = anyText(40).map(once)

const bom = [0xef, 0xbb, 0xbf]
const around: Arbitrary<Pick<HostileBody, 'before' | 'after'>> = oneof(
  { weight: 12, arbitrary: constant({ before: [], after: [] }) },
  {
    weight: 1,
    arbitrary: constantFrom(
      { before: bom, after: [] },
      { before: [...bom, ...bom], after: [] },
      { before: [0xff, 0xfe], after: [] },
      { before: [0xc0, 0xaf], after: [] },
      { before: [0x1f, 0x8b, 8], after: [] },
      { before: [], after: [0x80] },
      { before: [], after: [0] },
      { before: [0x20], after: [0x0a] },
    ),
  },
)

const pieces: Arbitrary<Pieces> = oneof(
  { weight: 450, arbitrary: fitting },
  { weight: 150, arbitrary: ambiguous },
  { weight: 30, arbitrary: deep },
  { weight: 15, arbitrary: large },
  { weight: 1, arbitrary: huge },
  { weight: 30, arbitrary: dense },
  { weight: 30, arbitrary: crowded },
  { weight: 30, arbitrary: truncated },
  { weight: 20, arbitrary: noise },
)

/** What inflates to a command, or to 10 MB. */
const gzip: Arbitrary<HostileBody> = oneof({ weight: 5, arbitrary: fitting }, huge).map((parts) => ({
  pieces: parts,
  before: [],
  after: [],
  isGzip: true,
}))

export const hostileBody: Arbitrary<HostileBody> = oneof(
  { weight: 40, arbitrary: tuple(pieces, around).map(([parts, bytes]) => ({ pieces: parts, ...bytes })) },
  { weight: 1, arbitrary: gzip },
)
