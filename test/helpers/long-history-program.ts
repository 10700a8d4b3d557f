import { createEngine, systemPlatform } from 'tailfold'
import { sqliteJournal } from 'tailfold/sqlite'
import { type AccountEvent, type AccountState, account } from '../../functions/bank/account.ts'

// Writes 100,000 events in commits of ten, then recovers from them alone, and prints how far the heap grew: after a
// collection at every page, what is left is what the recovery holds on to.
const [file = ''] = process.argv.slice(2)
const commits = 10_000
const events = Array.from({ length: 10 }, () => ({ type: 'Deposited', amount: 1 }))
const entity = { entityType: 'account', entityId: 'long' }
using journal = sqliteJournal({ file, inlineState: false })

const log = journal
let previousHash = ''
for (let revision = 1; revision <= commits; revision++) {
  const prepared = log.prepare(entity, {
    revision,
    commitId: `c${revision}`,
    timestamp: 0,
    lastSequenceNr: revision * events.length,
    events,
    eventTexts: events.map((event) => JSON.stringify(event)),
    receipts: [],
    previousHash,
    state: undefined,
    stateBytesHint: 0,
    schemaVersion: 1,
    recent: { commands: [], dropped: undefined, time: 0 },
    idsAtLeast: 0,
  })
  await log.append(entity, prepared)
  previousHash = prepared.commit.hash
}

const collect = globalThis.gc ?? (() => {})
collect()
const before = process.memoryUsage().heapUsed
let peak = before
const measured = {
  ...account,
  onEvent(state: AccountState, event: AccountEvent) {
    if (state.txCount % 500 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed)
    return account.onEvent(state, event)
  },
}
const engine = createEngine(measured, {
  journal,
  platform: systemPlatform,
  snapshot: 'ignore',
  retry: { timeoutMs: 60_000 },
})
const { sequenceNr, state } = await engine.read('long')
console.log(
  JSON.stringify({
    events: sequenceNr,
    balance: (state as { balance: number }).balance,
    peakBytes: peak - before,
  }),
)
