import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { consumer, createConsumers, follow } from '../../../src/consumers/index.ts'
import { keyValueJournal } from '../../../src/journal/index.ts'
import type { ChangeFeed } from '../../../src/core/journal/journal.ts'
import { dynamoDbClient } from '../../../src/stores/dynamodb/index.ts'
import { dynamoDbStreamFeed } from '../../../src/stores/dynamodb/streams/index.ts'
import { median, percentile } from '../measure/statistics.ts'
import { inPlace, openPlace, type Place, places } from '../rebuild/stores.ts'
import { type LagTask, mark, preciseNow } from './writer.ts'

/*
 * `npm run bench:lag`: another process sends commands, and a consumer follows. Lag is the time from sending a command to the
 * call of the handler, so the commit itself is in it. Beside the consumer a bare loop reads the same feed without positions,
 * in the same process: the ratio says what delivery adds. `--seconds 20`, `--per-second 50`, `--on sqlite` (or `dynamodb`).
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    'per-second': { type: 'string', default: '50' },
    on: { type: 'string', multiple: true, default: [...places] },
    json: { type: 'boolean', default: false },
  },
})
const perSecond = Number(values['per-second'])
const commands = Number(values.seconds) * perSecond
/** DynamoDB Local takes any number of reads. */
const pollMs = 5
const mostWaitMs = 20_000

async function measure(place: Place) {
  const { store, rows } = await openPlace(place, { create: true })
  const feed = feedOf(place, store as Required<typeof store>)
  const delivered = new Map<string, number>()
  const read = new Map<string, number>()
  const marks = consumer({
    name: 'marks',
    from: mark,
    handle: ({ at }, { id }) => void delivered.set(id, preciseNow() - at),
  })
  const consumers = createConsumers({ journal: keyValueJournal(store), rows, consumers: [marks] })
  const following = follow(consumers, { feed: feed() })
  const stop = new AbortController()
  const bare = readBare(feed(), stop.signal, read)
  await delay(1_500)
  const writer = fork(fileURLToPath(new URL('./writer.ts', import.meta.url)), {
    execArgv: ['--conditions=tailfold-source'],
  })
  writer.send({ place, commands, perSecond } satisfies LagTask)
  await once(writer, 'exit')
  for (const end = performance.now() + mostWaitMs; performance.now() < end; await delay(50))
    if (delivered.size >= commands && read.size >= commands) break
  await following.stop()
  stop.abort()
  await bare
  await store.close?.()
  await rows.close?.()
  const [ours, theirs] = [[...delivered.values()], [...read.values()]]
  const ratios = [...delivered].flatMap(([id, ms]) => ms / (read.get(id) ?? Number.NaN) || [])
  return {
    on: place.kind,
    commands,
    delivered: delivered.size,
    lagMs: { p50: round(median(ours)), p99: round(percentile(ours, 99)) },
    bareMs: { p50: round(median(theirs)), p99: round(percentile(theirs, 99)) },
    ratio: round(median(ratios)),
  }
}

/** What a program without positions, order and leases would do: reads the feed, and decodes what comes. */
async function readBare(feed: ChangeFeed, signal: AbortSignal, read: Map<string, number>): Promise<void> {
  for (let cursor: string | undefined; !signal.aborted; ) {
    const page = await feed.changes(cursor, 500)
    for (const { key, record } of page.changes)
      for (const { at } of JSON.parse(String(record?.['e'] ?? '[]')) as { at: number }[])
        read.set(`${key}/${String(record?.['n'])}`, preciseNow() - at)
    ;({ cursor } = page)
    if (!page.more) await feed.waitForChanges?.(cursor, { signal })
  }
}

function feedOf({ kind, at }: Place, store: ChangeFeed): () => ChangeFeed {
  if (kind === 'sqlite') return () => store
  const credentials = { accessKeyId: 'rebuild', secretAccessKey: 'secret' }
  const client = dynamoDbClient({ endpoint: at, region: 'local', credentials })
  return () => dynamoDbStreamFeed({ tableName: 'counters', client, pollMs })
}

function round(value: number): number {
  return Number(value.toPrecision(3))
}

const results = []
for (const kind of places.filter((each) => values.on.includes(each)))
  results.push(await inPlace(kind, measure))
if (values.json) console.log(JSON.stringify(results, undefined, 2))
else
  for (const { on, delivered, lagMs, bareMs, ratio } of results)
    console.log(
      `${on}: ${delivered} of ${commands} events, lag p50 ${lagMs.p50} ms, p99 ${lagMs.p99} ms; a bare reader p50 ${bareMs.p50} ms, p99 ${bareMs.p99} ms; ratio ${ratio}`,
    )
process.exitCode = results.every(({ delivered }) => delivered === commands) ? 0 : 1
