import { createHash } from 'node:crypto'
import { createEngine, InMemoryJournal, type Journal } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command } from '../../helpers/bank.ts'
import { draftAfter } from '../../helpers/commits.ts'
import type { Receipt } from '../../../src/core/journal/commit.ts'
import type { CommitDraft } from '../../../src/core/journal/commit-draft.ts'

const id = 'acc-001'
const key = { entityType: 'account', entityId: id }
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 22)
const engineOn = (journal: Journal) => createEngine(account, { journal, platform: virtualPlatform() })

/** More commands with ids than ride with the state. */
async function fillWindow(journal: Journal): Promise<void> {
  for (let n = 0; n < 130; n++)
    await engineOn(journal).execute(id, command.deposit(1), { commandId: globalThis.crypto.randomUUID() })
}

async function receiptsOf(journal: Journal): Promise<readonly Receipt[]> {
  const pages = await Array.fromAsync(journal.commits(key, { fromRevision: 1 }))
  return pages.flat().flatMap(({ receipts }) => receipts)
}

describe('a receipt', () => {
  test('names its command and principal by SHA-256: nobody finds another principal with the same hash', async () => {
    const journal = new InMemoryJournal()
    await engineOn(journal).execute(id, command.deposit(5), { commandId: 'a' })
    const principal = { id: 'alice' }
    await engineOn(journal).execute(id, { amount: 5, type: 'Deposit' }, { commandId: 'a', principal })
    const text = sha256('{"amount":5,"type":"Deposit"}')
    expect((await receiptsOf(journal)).map(({ fingerprint }) => fingerprint)).toEqual([
      text,
      `${text}.${sha256('alice')}`,
    ])
  })

  test('belongs to its principal, cold and warm, with both ways to remember it', async () => {
    for (const dedupe of ['window', 'always'] as const) {
      const journal = new InMemoryJournal()
      const warm = engineOn(journal)
      const senders = [undefined, { id: 'alice' }, { id: 'bob' }, { id: 'a' }]
      for (const [n, principal] of senders.entries())
        await warm.execute(id, command.deposit(n + 1), { commandId: 'same', principal, dedupe })
      for (let n = 0; n < 100; n++) await warm.execute(id, command.deposit(1), { commandId: `c${n}` })
      for (const process of [engineOn(journal), warm]) {
        for (const [n, principal] of senders.entries()) {
          const sent = { commandId: 'same', principal, dedupe }
          const again = await process.execute(id, command.deposit(n + 1), sent)
          expect(again).toMatchObject({ replayed: true, revision: n + 1 })
          await expect(process.execute(id, command.deposit(50), sent)).rejects.toMatchObject({
            code: 'command-id-reused',
          })
        }
      }
    }
  })

  test('is not hidden by an id that spells out how the id of another principal is kept', async () => {
    const principal = { id: 'alice' }
    for (const spelled of [`${sha256('alice')}:pay`, 'pay']) {
      const journal = new InMemoryJournal()
      const options = { commandId: 'pay', principal, dedupe: 'always' } as const
      await engineOn(journal).execute(id, command.deposit(1), options)
      await fillWindow(journal)
      await engineOn(journal).execute(id, command.deposit(1), { commandId: spelled, dedupe: 'always' })
      await fillWindow(journal)
      const repeat = await engineOn(journal).execute(id, command.deposit(1), options)
      expect(repeat).toMatchObject({ replayed: true, revision: 1 })
    }
  })

  test('of a command whose hash alone is known to a caller without a principal does not keep another from being carried out', async () => {
    const journal = new InMemoryJournal()
    await engineOn(journal).execute(id, command.deposit(1), { commandId: 'same' })
    for (let n = 0; n < 200; n++)
      await engineOn(journal).execute(id, command.deposit(1), { commandId: `c${n}` })
    const options = { commandId: 'same', principal: { id: 'alice' } }
    expect(await engineOn(journal).execute(id, command.deposit(1), options)).toMatchObject({ revision: 202 })
    expect(await engineOn(journal).execute(id, command.deposit(1), options)).toMatchObject({ replayed: true })
  })
})

/** What Tailfold 0.1.0 wrote for the commands of these tests; made by its code. */
const old = { deposit5: '2d4m5wtahe0', alice: '1a34ncwglsx' }

async function journalOf010(fingerprint: string, ids: CommitDraft['ids'] = []): Promise<Journal> {
  const journal = new InMemoryJournal()
  const receipt: Receipt = {
    commandId: 'd-1',
    fingerprint,
    firstEvent: 0,
    eventCount: 1,
    outcome: { kind: 'replied' },
  }
  const events = [{ type: 'Deposited', amount: 5 }]
  const draft = draftAfter(undefined, { events, receipts: [receipt], state: undefined, ids })
  await journal.append(key, journal.prepare(key, draft))
  return journal
}

describe('a receipt of Tailfold 0.1.0', () => {
  test('answers the repeat of its command', async () => {
    const journal = await journalOf010(old.deposit5)
    const repeat = engineOn(journal).execute(id, command.deposit(5), { commandId: 'd-1' })
    expect(await repeat).toMatchObject({ replayed: true, revision: 1 })
    await expect(
      engineOn(journal).execute(id, command.deposit(6), { commandId: 'd-1' }),
    ).rejects.toMatchObject({ code: 'command-id-reused' })
  })

  test('answers its principal, and nobody else', async () => {
    const journal = await journalOf010(`${old.deposit5}.${old.alice}`)
    const send = (principal: { id: string } | undefined) =>
      engineOn(journal).execute(id, command.deposit(5), { commandId: 'd-1', principal })
    expect(await send({ id: 'alice' })).toMatchObject({ replayed: true, revision: 1 })
    expect(await send({ id: 'bob' })).toMatchObject({ replayed: false, revision: 2 })
    expect(await send(undefined)).toMatchObject({ replayed: false, revision: 3 })
    expect(await send({ id: 'alice' })).toMatchObject({ replayed: true, revision: 1 })
  })

  test('of a principal is found by the id kept for it', async () => {
    const kept = { commandId: 'd-1', expiresAtEpochSeconds: 4_102_444_800 }
    const journal = await journalOf010(`${old.deposit5}.${old.alice}`, [kept])
    await fillWindow(journal)
    const options = { commandId: 'd-1', principal: { id: 'alice' }, dedupe: 'always' } as const
    const repeat = await engineOn(journal).execute(id, command.deposit(5), options)
    expect(repeat).toMatchObject({ replayed: true, revision: 1 })
  })
})
