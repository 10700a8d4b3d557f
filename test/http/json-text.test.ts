import { array, assert, dictionary, double, integer, jsonValue, oneof, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkJsonText } from '../../src/http/parse/json-text.ts'
import { account } from '../helpers/http-account.ts'
import { openApp } from '../helpers/http-app.ts'

/** What is wrong with a text, and where; `undefined` where nothing is. */
function faultOf(text: string, maxDepth = 64): readonly [problem: string, pointer: string] | undefined {
  JSON.parse(text)
  try {
    checkJsonText(text, maxDepth)
    return undefined
  } catch (error) {
    const { fields } = (error as { extras: { fields: { issues: [{ message: string; pointer: string }] } } })
      .extras
    const [{ message, pointer }] = fields.issues
    return [message, pointer]
  }
}

const tooLarge = 'a number is beyond 2^53 - 1, where JavaScript is not exact; send it as a string'
const tooSmall = 'a number is too small to be told from 0'
const twice = 'an object in it has two fields of one name'

describe('a number', () => {
  test.for([
    '9007199254740992',
    '9007199254740993',
    '-9007199254740993',
    '12345678901234567890',
    '1e999',
    '-1e999',
  ])('that JavaScript cannot hold is refused: %s', (number) =>
    expect(faultOf(`{"a":[0,{"b/c~":${number}}]}`)).toEqual([tooLarge, '/a/1/b~1c~0']),
  )
  test.for(['1e16', '1E+300', '9007199254740991.9', '9007199254740992.0'])(
    'that is beyond 2^53 - 1 however it is written is refused: %s',
    (number) => expect(faultOf(`{"a":${number}}`)).toEqual([tooLarge, '/a']),
  )
  test.for(['1e-400', '-1e-400', '0.0000001e-999', '0.1e-500'])(
    'that would become 0 is refused: %s',
    (number) => expect(faultOf(`[1,${number}]`)).toEqual([tooSmall, '/1']),
  )
  test.for([
    '0',
    '-0',
    '0.0',
    '0e5',
    '-0.000',
    '0e-400',
    '9007199254740991',
    '-9007199254740991',
    '0.1',
    '1.5e-7',
    '5e-324',
    '123456789012345',
    '1e15',
    '0.30000000000000004',
    '9007199254740990.4',
  ])('is taken: %s', (number) => expect(faultOf(`{"a":${number},"b":[${number}]}`)).toBeUndefined())

  test('in a text is none', () =>
    expect(faultOf('{"1e999":"12345678901234567890","b":"\\"1e999"}')).toBeUndefined())

  test.for([9_007_199_254_740_993n, -12_345_678_901_234_567_890n])(
    '%s is not stored as another one',
    async (amount) => {
      const { app, writes } = openApp({ entities: [account] })
      const headers = { 'content-type': 'application/json', 'idempotency-key': 'k' }
      const request = { method: 'POST', path: '/account/a/Deposit', query: '', headers }
      const answer = await app.handle({ ...request, body: `{"amount":${amount}}` })
      expect([answer.status, writes()]).toEqual([400, 0])
      expect(JSON.parse(answer.body ?? '')).toMatchObject({
        code: 'invalid-command',
        issues: [{ pointer: '/amount' }],
      })
    },
  )
})

describe('an object', () => {
  test.for([
    ['{"a":1,"a":2}', '/a'],
    ['{"a":1,"\\u0061":2}', '/a'],
    ['{"x":[{},{"a":{},"b":"\\"","a":1}]}', '/x/1/a'],
    ['{"":1,"":2}', '/'],
    ['{"a\\\\":1,"a\\\\":2}', '/a\\'],
    ['{"a":{"b":1},"c":[{"d":1}],"a":0}', '/a'],
  ] as const)('with a field given twice is refused: %s', ([text, pointer]) => {
    expect(faultOf(text)).toEqual([twice, pointer])
  })

  test.for([
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}',
    '{"a":"a","b":"a\\":","c":"}{\\"a\\":"}',
    '["a","a"]',
    '[{},{}]',
  ])('with each field once is taken: %s', (text) => expect(faultOf(text)).toBeUndefined())

  test('with a field named __proto__ is refused, however it is spelled', () => {
    expect(faultOf('{"a":{"__proto__":1}}')?.[1]).toBe('/a/__proto__')
    expect(faultOf('{"a":{"\\u005f_proto__":1}}')?.[1]).toBe('/a/__proto__')
    expect(faultOf('{"a":"__proto__"}')).toBeUndefined()
  })

  test('nested as deep as allowed is taken, one level more is not', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
    expect(faultOf(nested(64))).toBeUndefined()
    expect(faultOf(nested(65))).toEqual(['it is nested more than 64 levels deep', `/0`.repeat(64)])
    expect(faultOf(`[${nested(63)},${nested(63)}]`)).toBeUndefined()
  })
})

test('what JSON.stringify makes of any value is taken, indented or not', () => {
  const safe = jsonValue({ maxDepth: 5 }).filter(
    (value) => !/__proto__|e\+|\d{16}/.test(JSON.stringify(value)),
  )
  assert(
    property(safe, integer({ min: 0, max: 3 }), (value, indent) => {
      expect(faultOf(JSON.stringify(value, undefined, indent))).toBeUndefined()
    }),
  )
})

test('a number is refused exactly where JSON.parse would change it beyond rounding', () => {
  const numbers = oneof(double({ noNaN: true, noDefaultInfinity: true }), integer())
  assert(
    property(array(numbers, { minLength: 1 }), dictionary(string(), numbers), (list, object) => {
      const all = [...list, ...Object.values(object)]
      const isFit = all.every((number) => Math.abs(number) <= Number.MAX_SAFE_INTEGER)
      if (Object.hasOwn(object, '__proto__')) return
      expect(faultOf(JSON.stringify([list, object])) === undefined).toBe(isFit)
    }),
  )
})

test.for([
  ['escaped quotes', `{"a":"${'\\"'.repeat(8 * 1024 * 1024 - 8)}"}`],
  ['backslashes', `{"a":"${'\\\\'.repeat(8 * 1024 * 1024 - 8)}"}`],
  ['an escaped name', `{"${'\\u0061'.repeat(2 * 1024 * 1024)}":1}`],
  ['digits', `{"a":0.${'1'.repeat(16 * 1024 * 1024 - 16)}}`],
  ['empty texts', `{"a":[${'"",'.repeat(1024 * 1024)}""]}`],
] as const)('megabytes of %s are no error of the server', async ([, body]) => {
  const { app, failures } = openApp({ limits: { maxBodyBytes: 17 * 1024 * 1024 } })
  const headers = { 'content-type': 'application/json' }
  const answer = await app.handle({ method: 'POST', path: '/counter/c/Count', query: '', headers, body })
  expect([answer.status, failures]).toEqual([204, []])
})
