import { type Commit, createEngine, InMemoryJournal, systemPlatform } from 'tailfold'
import { expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { type AccountRecord, checkAccount } from './check.ts'
import { type ChaosAnswer, type ChaosEntry, type ChaosRequest, isAcknowledgement } from './history.ts'

const entityId = 'acc-0'

/** What five commands leave behind: two deposits, a withdrawal, a refusal, a query. */
async function goodRun(): Promise<{ record: AccountRecord; history: ChaosEntry[] }> {
  const journal = new InMemoryJournal()
  const engine = createEngine(account, { journal, platform: systemPlatform })
  const commands: readonly ChaosRequest['command'][] = [
    { type: 'Deposit', amount: 10 },
    { type: 'Deposit', amount: 5 },
    { type: 'Withdraw', amount: 7 },
    { type: 'Withdraw', amount: 100 },
    { type: 'GetBalance' },
  ]
  const history: ChaosEntry[] = []
  let step = 0
  for (const command of commands) {
    const commandId = command.type === 'GetBalance' ? undefined : `c-${history.length}`
    const outcome = await engine.execute(entityId, command, { commandId })
    const answer: ChaosAnswer =
      outcome.kind === 'replied'
        ? {
            kind: 'replied',
            reply: outcome.reply ?? null,
            revision: outcome.revision,
            replayed: outcome.replayed,
          }
        : outcome
    const sendings = [{ sentAt: ++step, answeredAt: ++step, answer }]
    history.push({ entityId, command, commandId, sendings })
  }
  const commits: Commit[] = []
  const entity = { entityType: account.entityType, entityId }
  for await (const page of journal.commits(entity, { fromRevision: 1 })) commits.push(...page)
  const { state: finalState, revision: finalRevision } = await engine.read(entityId)
  return { record: { entityId, commits, finalState, finalRevision }, history }
}

function answered(history: ChaosEntry[], index: number, change: Partial<ChaosAnswer>): void {
  const sending = history[index]?.sendings[0]
  if (sending !== undefined && isAcknowledgement(sending.answer)) {
    sending.answer = { ...sending.answer, ...change } as ChaosAnswer
  }
}

test('a good history passes', async () => {
  const { record, history } = await goodRun()
  expect(await checkAccount(record, history)).toEqual([])
})

const corruptions: readonly (readonly [
  rule: string,
  corrupt: (record: AccountRecord, history: ChaosEntry[]) => AccountRecord,
])[] = [
  ['nothing acknowledged is lost', (record) => ({ ...record, commits: record.commits.slice(0, 3) })],
  [
    'no command twice',
    (record) => ({ ...record, commits: [...record.commits, ...record.commits.slice(1, 2)] }),
  ],
  ['revisions are dense', (record) => ({ ...record, commits: record.commits.toSpliced(1, 1) })],
  [
    'decided on the state before it',
    (record) => ({ ...record, commits: [...record.commits.slice(2), ...record.commits.slice(0, 2)] }),
  ],
  ['every event belongs to a command', (record) => withoutReceipts(record)],
  ['every command was sent', (record, history) => (history.splice(1, 1), record)],
  ['the final state is the fold', (record) => ({ ...record, finalState: { balance: 9, txCount: 3 } })],
  ['the final state is the fold', (record) => ({ ...record, finalRevision: 3 })],
  ['told what is recorded', (record, history) => (answered(history, 2, { reply: 'no' }), record)],
  ['told what is recorded', (record, history) => (answered(history, 3, { details: null }), record)],
  ['told the revision it stands at', (record, history) => (answered(history, 0, { revision: 2 }), record)],
  [
    'real-time order',
    (record, [first, second]) => {
      // The second was answered before the first was sent.
      Object.assign(first?.sendings[0] ?? {}, { sentAt: 5, answeredAt: 6 })
      Object.assign(second?.sendings[0] ?? {}, { sentAt: 1, answeredAt: 2 })
      return record
    },
  ],
  ['a query sees a state', (record, history) => (answered(history, 4, { reply: { balance: 1 } }), record)],
  [
    'a query is not stale',
    (record, history) => {
      answered(history, 4, { reply: { balance: 10, txCount: 1 }, revision: 1 })
      return record
    },
  ],
  [
    'a definite failure leaves nothing',
    (record, [first]) => {
      const answer = { kind: 'error', code: 'store-unavailable', nothingWritten: true }
      Object.assign(first?.sendings[0] ?? {}, { answer })
      return record
    },
  ],
  [
    'no other error',
    (record, [first]) => {
      Object.assign(first?.sendings[0] ?? {}, { answer: { kind: 'error', code: 'journal-corrupt' } })
      return record
    },
  ],
]

test.each(corruptions)('a history that breaks "%s" is found', async (rule, corrupt) => {
  const { record, history } = await goodRun()
  const violations = await checkAccount(corrupt(record, history), history)
  expect(violations).toContainEqual(expect.stringContaining(`${entityId}: ${rule}: `))
})

function withoutReceipts(record: AccountRecord): AccountRecord {
  return { ...record, commits: record.commits.map((commit) => ({ ...commit, receipts: [] })) }
}
