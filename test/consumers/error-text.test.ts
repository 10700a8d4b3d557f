import { heldEntities } from 'tailfold/consumers'
import { describe, expect, test } from 'vitest'
import { amountsOf, counted } from '../helpers/counted.ts'

const throwing = (name: string) =>
  Object.defineProperty(new Error('it'), name, {
    get() {
      throw new Error('no getter works')
    },
  })
const revoked = Proxy.revocable({}, {})
revoked.revoke()

describe('whatever a handler throws parks its entity, with text', () => {
  test.for([
    [
      'a message that is an object',
      Object.assign(new Error('it'), { message: { status: 500 } }),
      'an object',
    ],
    ['a message that is a number', Object.assign(new Error('it'), { message: 42 }), 'an object'],
    ['a message that cannot be read', throwing('message'), 'an object'],
    ['a code that cannot be read', throwing('code'), 'it'],
    ['a mark that cannot be read', throwing('retryable'), 'it'],
    ['another mark that cannot be read', throwing('$retryable'), 'it'],
    ['a revoked proxy', revoked.proxy, 'an object'],
    ['an object that is frozen', Object.freeze({ message: 'it' }), 'it'],
    ['null', null, 'null'],
    ['nothing', undefined, 'undefined'],
    ['text', 'it', '"it"'],
    ['a symbol', Symbol('it'), 'a symbol'],
    [
      'text that ends within a character',
      new Error(`${'x'.repeat(999)}\u{1f600}`),
      `${'x'.repeat(999)}\u{fffd}`,
    ],
    ['a long code', Object.assign(new Error('it'), { code: 'c'.repeat(10_000) }), 'it'],
  ] as const)('%s', async ([, thrown, text]) => {
    const { count, open, changes, seen, rows, parked } = counted()
    for (const by of [1, 13, 2]) await count('a', by)
    const consumers = open(({ by }) => {
      if (by === 13) throw thrown
    })
    const [report] = await consumers.deliver(await changes())
    expect([report?.failed, parked.length, amountsOf(seen)]).toEqual([[], 1, { a: [1] }])
    const { entities } = await heldEntities(rows, 'adding@1', 'parked')
    expect(entities).toMatchObject([{ key: 'counter/a', revision: 2, attempts: 1, error: text }])
    expect(entities[0]?.code?.length).toBeLessThanOrEqual(100)
  })
})
