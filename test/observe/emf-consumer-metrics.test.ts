import { createConsumers, type DeliveryReport } from 'tailfold/consumers'
import { streamHandler } from 'tailfold/lambda'
import { type EmfConsumerMetricsOptions, emfConsumerMetrics } from 'tailfold/observe'
import { invocationContext } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { counted } from '../helpers/counted.ts'
import { emfProblems, emfValues } from '../helpers/emf.ts'
import { streamEvent } from '../helpers/stream-event.ts'

const unlucky = 13

/** The handler of a stream whose consumer fails on 13, and the lines that it wrote. */
function openMetrics(options: Partial<EmfConsumerMetricsOptions> = {}) {
  const lines: string[] = []
  const metrics = emfConsumerMetrics({ namespace: 'Bank', write: (line) => lines.push(line), ...options })
  const all = counted()
  const { consumers } = all.open(({ by }) => {
    if (by === unlucky) throw new Error('unlucky')
  })
  const { journal, rows } = all
  const { onDelivered, onHealth } = metrics
  const bound = createConsumers({ journal, rows, consumers, onDelivered, onParked: () => {} })
  const handler = streamHandler(bound, { onHealth })
  return { lines, all, handle: (event: unknown) => handler(event, invocationContext()) }
}

const values = (lines: readonly string[]) => lines.flatMap(emfValues)
const named = (lines: readonly string[], names: readonly string[]) =>
  values(lines)
    .filter(([, , name]) => names.includes(name))
    .map(([, , name, value]) => [name, value])

describe('a line of metrics for a batch', () => {
  test('holds events, reads of gaps, repeats, failed and newly parked entities by consumer', async () => {
    const { lines, all, handle } = openMetrics({ dimensions: { Stage: 'prod' } })
    for (const by of [1, 2, unlucky]) await all.count('a', by)
    await all.count('b', 1)
    const changes = await all.changes()
    await handle(streamEvent(changes.slice(1)))
    await handle(streamEvent(changes))
    expect(lines.flatMap(emfProblems)).toEqual([])
    expect(values(lines).map(([namespace, dimensions]) => [namespace, dimensions])).toContainEqual([
      'Bank',
      { Stage: 'prod', Consumer: 'adding@1' },
    ])
    const counts = ['Events', 'GapReads', 'Repeats', 'Failed', 'NewlyParked']
    expect(named(lines, counts)).toEqual([
      ['Events', 3],
      ['GapReads', 1],
      ['Repeats', 0],
      ['Failed', 0],
      ['NewlyParked', 1],
      ['Events', 0],
      ['GapReads', 0],
      ['Repeats', 1],
      ['Failed', 0],
      ['NewlyParked', 0],
    ])
  })

  test('holds the largest and the mean lag where commits were handled, and none elsewhere', () => {
    const lines: string[] = []
    const { onDelivered } = emfConsumerMetrics({ namespace: 'Bank', write: (line) => lines.push(line) })
    const report: DeliveryReport = {
      consumer: 'mail@1',
      events: 3,
      commits: 2,
      repeats: 0,
      gapReads: 0,
      held: 0,
      parked: [],
      failed: [],
      lagMs: { max: 40, mean: 25 },
    }
    onDelivered(report)
    onDelivered({ ...report, events: 0, commits: 0, lagMs: { max: 0, mean: 0 } })
    expect(named(lines, ['LagMax', 'LagMean'])).toEqual([
      ['LagMax', 40],
      ['LagMean', 25],
    ])
  })
})

describe('the metric Parked', () => {
  test('says with each scheduled event how many entities are parked, by consumer and for all of them', async () => {
    const { lines, all, handle } = openMetrics({ dimensions: { Stage: 'prod' } })
    for (const id of ['a', 'b']) await all.count(id, unlucky)
    await handle(streamEvent(await all.changes()))
    lines.length = 0
    for (let n = 0; n < 2; n++) {
      await handle({ source: 'aws.events' })
      expect(lines.flatMap(emfProblems)).toEqual([])
      expect(values(lines).filter(([, , name]) => name === 'Parked')).toEqual([
        ['Bank', { Stage: 'prod', Consumer: 'adding@1' }, 'Parked', 2],
        ['Bank', { Stage: 'prod' }, 'Parked', 2],
      ])
      lines.length = 0
    }
  })

  test('is not written for a batch of the stream, which takes no request more', async () => {
    const { lines, all, handle } = openMetrics()
    await all.count('a', unlucky)
    await handle(streamEvent(await all.changes()))
    expect(named(lines, ['Parked'])).toEqual([])
  })
})

test('metrics that cannot be written do not stop a delivery', async () => {
  const { all, handle } = openMetrics({
    write() {
      throw new Error('the pipe is gone')
    },
  })
  await all.count('a', 1)
  expect(await handle(streamEvent(await all.changes()))).toEqual({ batchItemFailures: [] })
  expect(await handle({ source: 'aws.events' })).toEqual({ batchItemFailures: [] })
})

test.for<[string, EmfConsumerMetricsOptions]>([
  ["a namespace of AWS's own", { namespace: 'AWS/Lambda' }],
  ['a namespace that is not set', { namespace: undefined as never }],
  ['an option of commands', { namespace: 'Bank', perCommand: true } as never],
  ['a dimension named as a metric', { namespace: 'Bank', dimensions: { Parked: 'x' } }],
  ['a dimension named as one that is there', { namespace: 'Bank', dimensions: { Consumer: 'x' } }],
])('%s is a mistake found at construction', ([, options]) => {
  expect(() => emfConsumerMetrics(options)).toThrow(TypeError)
})
