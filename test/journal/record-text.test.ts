import { recordText } from 'tailfold/store'
import { describe, expect, test } from 'vitest'
import { thrownBy } from '../helpers/thrown.ts'

const records = recordText(1_000)

describe('recordText', () => {
  test('gives back what it encoded', () => {
    const record = { a: 1, b: 'ä€😀\u0000', c: -5 }
    expect(records.decode(records.encode('k', 'commit', record))).toEqual(record)
    expect(records.bytes('ä', { a: 1 })).toBe(2 + '{"a":1}'.length)
  })

  test.for(['{', '[]', 'null', '7', '{"a":null}', '{"a":{}}', undefined])(
    'says journal-corrupt, with the place, for %j',
    (text) => {
      expect(thrownBy(() => records.decode(text, { key: 'account/a', revision: 3 }))).toMatchObject({
        code: 'journal-corrupt',
        retryable: false,
        data: {
          entity: 'account/a',
          revision: 3,
          problem: 'the record is not the JSON text of a flat object',
        },
      })
    },
  )

  test.for([Number.NaN, Number.POSITIVE_INFINITY, 1.5, 2 ** 53])('refuses the number %d', (n) => {
    const error = thrownBy(() => records.encode('k', 'commit', { n }))
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toContain(`Field n of a record is ${n}`)
  })

  test('refuses a record beyond the limit, its key counted', () => {
    const fits = { s: 'x'.repeat(991) }
    expect(records.bytes('k', fits)).toBe(1_000)
    expect(records.encode('k', 'commit', fits)).toHaveLength(999)
    expect(thrownBy(() => records.encode('kk', 'commit', fits))).toMatchObject({
      code: 'record-too-large',
      data: { entity: 'kk', bytes: 1_001, limitBytes: 1_000 },
    })
  })
})
