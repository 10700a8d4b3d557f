import { unmarshall } from '@aws-sdk/util-dynamodb'
import { createEngine, KeyValueJournal, memoryStore, systemPlatform } from '../../src/index.ts'
import { streamChange } from '../../src/stores/dynamodb/streams/stream-record.ts'
import { account } from '../../functions/bank/account.ts'
import { commitItem } from '../../src/stores/dynamodb/stored-form.ts'

/*
 * `npm run bench:decoding`: stream records decoded a second, against a bare `unmarshall` of the same images. Both take
 * turns, and the median of the ratios counts, so that a busy machine slows both.
 */
const store = memoryStore()
const engine = createEngine(account, { journal: new KeyValueJournal(store), platform: systemPlatform })
for (let n = 0; n < 200; n++)
  await engine.execute('acc-001', { type: 'Deposit', amount: n + 1 }, { commandId: `c-${n}` })
const { commits } = await store.range('account/acc-001', 1, 200)
const records = commits.map(({ revision, record }) => ({
  eventName: 'INSERT',
  dynamodb: { NewImage: commitItem('account/acc-001', revision, record) },
}))

function microsecondsOf(decode: (record: (typeof records)[number]) => unknown): number {
  const start = performance.now()
  for (let round = 0; round < 50; round++) for (const record of records) decode(record)
  return ((performance.now() - start) * 1_000) / (50 * records.length)
}

const rounds = Array.from({ length: 41 }, () => ({
  ours: microsecondsOf(streamChange),
  bare: microsecondsOf(({ dynamodb }) => unmarshall(dynamodb.NewImage)),
}))
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
console.log(
  JSON.stringify({
    streamChangeMicroseconds: median(rounds.map(({ ours }) => ours)),
    unmarshallMicroseconds: median(rounds.map(({ bare }) => bare)),
    speedAgainstUnmarshall: median(rounds.map(({ ours, bare }) => bare / ours)),
  }),
)
