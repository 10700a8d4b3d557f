import { systemPlatform } from 'tailfold'
import { streamHandler } from 'tailfold/lambda'
import { consumer, createConsumers, retryParked } from 'tailfold/consumers'
import { storeFailure } from 'tailfold/store'
import { invocationContext } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { amountsOf, counted, type Counted } from '../../helpers/counted.ts'
import { counter } from '../../helpers/counter.ts'
import { streamEvent } from '../../helpers/stream-event.ts'

/** The commits of all counters as Lambda hands them over; the first has the sequence number 1000. */
const eventOf = async ({ changes }: Counted) => streamEvent(await changes())
const context = invocationContext()
const unavailable = storeFailure('reach mail', 'it is down', { applied: 'no' })
const failures = (...sequenceNumbers: readonly number[]) => ({
  batchItemFailures: sequenceNumbers.map((itemIdentifier) => ({ itemIdentifier: String(itemIdentifier) })),
})

describe('streamHandler', () => {
  test('delivers the events of a batch, and reports nothing', async () => {
    const all = counted()
    for (const by of [1, 2]) for (const id of ['a', 'b']) await all.count(id, by)
    const handler = streamHandler(all.open())
    expect(await handler(await eventOf(all), context)).toEqual(failures())
    expect(amountsOf(all.seen)).toEqual({ a: [1, 2], b: [1, 2] })
  })

  test('reports the lowest record that has to come again, and skips what was handled when it does', async () => {
    const all = counted()
    // Sequence numbers 1000 to 1003: a, b, c, a.
    for (const id of ['a', 'b', 'c', 'a']) await all.count(id, id === 'b' ? 13 : 1)
    let isDown = true
    const handler = streamHandler(
      all.open(({ by }) => {
        if (isDown && by === 13) throw unavailable
      }),
    )
    const event = await eventOf(all)
    expect(await handler(event, context)).toEqual(failures(1_001))
    expect(amountsOf(all.seen.filter(({ by }) => by !== 13))).toEqual({ a: [1, 1], c: [1] })
    isDown = false
    const again = { Records: event.Records.slice(1) }
    all.seen.length = 0
    expect(await handler(again, context)).toEqual(failures())
    expect(amountsOf(all.seen)).toEqual({ b: [13] })
  })

  test('reports the lowest of several consumers', async () => {
    const all = counted()
    for (const id of ['a', 'b', 'c']) await all.count(id, 1)
    const failing = (name: string, id: string) =>
      consumer({
        name,
        from: counter,
        handle(_, { entity }) {
          if (entity.entityId === id) throw unavailable
        },
      })
    const { journal, rows } = all
    const consumers = createConsumers({
      journal,
      rows,
      consumers: [failing('one', 'c'), failing('two', 'b')],
    })
    const handler = streamHandler(consumers)
    expect(await handler(await eventOf(all), context)).toEqual(failures(1_001))
  })

  test('passes over records that are no commits, wherever they are', async () => {
    const all = counted()
    for (const id of ['a', 'b']) await all.count(id, id === 'b' ? 13 : 1)
    const handler = streamHandler(
      all.open(({ by }) => {
        if (by === 13) throw unavailable
      }),
    )
    const {
      Records: [first, second],
    } = await eventOf(all)
    const foreign = { eventName: 'REMOVE', dynamodb: { Keys: {}, SequenceNumber: '1' } }
    expect(await handler({ Records: [foreign, first, foreign, second, foreign] }, context)).toEqual(
      failures(1_001),
    )
    expect(await handler({ Records: [foreign] }, context)).toEqual(failures())
  })

  test('parks an entity whose event cannot be handled, and reports nothing', async () => {
    const all = counted()
    for (const by of [1, 13, 2]) await all.count('a', by)
    await all.count('b', 1)
    let isMended = false
    const handler = streamHandler(
      all.open(({ by }) => {
        if (by === 13 && !isMended) throw new Error('unlucky')
      }),
    )
    expect(await handler(await eventOf(all), context)).toEqual(failures())
    expect(all.parked).toMatchObject([{ key: 'counter/a', revision: 2 }])
    isMended = true
    await retryParked(all.rows, 'adding@1', 'counter/a')
    all.seen.length = 0
    expect(await handler({ source: 'aws.events', 'detail-type': 'Scheduled Event' }, context)).toEqual(
      failures(),
    )
    expect(amountsOf(all.seen)).toEqual({ a: [13, 2] })
  })

  test('begins nothing that would not end in time, and reports it', async () => {
    const all = counted()
    await all.count('a', 1)
    const late = invocationContext({ timeoutMs: 900 })
    expect(await streamHandler(all.open())(await eventOf(all), late)).toEqual(failures(1_000))
    expect(all.seen).toEqual([])
  })

  test.each([undefined, null, {}, { Records: {} }, { Records: [{ body: 'of SQS' }] }, { Records: [null] }])(
    'refuses the event %j',
    async (event) => {
      await expect(streamHandler(counted().open())(event, context)).rejects.toThrow(
        /^Unsupported event\. streamHandler/,
      )
    },
  )

  test('of released entities tries those behind with the next schedule, where slow ones take all its time', async () => {
    const clock = { now: Date.now() }
    const all = counted({ platform: { ...systemPlatform, now: () => clock.now } })
    for (let n = 1; n <= 12; n++) await all.count(`c${n}`, n)
    const poison = () => {
      throw new Error('not yet mended')
    }
    await all.open(poison).deliver(await all.changes())
    for (let n = 1; n <= 12; n++) await retryParked(all.rows, 'adding@1', `counter/c${n}`)
    const tried: number[] = []
    const handler = streamHandler(
      all.open(({ by }) => {
        tried.push(by)
        clock.now += 1_000
        throw unavailable
      }),
    )
    const schedule = { source: 'aws.events', 'detail-type': 'Scheduled Event' }
    for (let n = 0; n < 2; n++) await handler(schedule, { ...context, getRemainingTimeInMillis: () => 9_500 })
    expect(new Set(tried).size).toBe(12)
  })
})
