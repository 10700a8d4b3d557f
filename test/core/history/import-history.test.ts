import { entity, type EventJournal, InMemoryJournal, KeyValueJournal, memoryStore } from 'tailfold'
import { importHistory, verify } from 'tailfold/history'
import { describe, expect, test } from 'vitest'
import { account, type AccountEvent } from '../../../functions/bank/account.ts'
import { createEngine } from '../../../src/core/engine/engine.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command } from '../../helpers/bank.ts'
import { fourMethodJournal } from '../../helpers/four-method-journal.ts'
import { noise } from '../../helpers/noise.ts'

const id = 'acc-001'
const key = { entityType: 'account', entityId: id }
const deposits = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    event: { type: 'Deposited', amount: n + 1 } satisfies AccountEvent,
    timestamp: 1_700_000_000_000 - n,
  }))

async function commitsOf(journal: EventJournal) {
  const pages = journal.commits(key, { fromRevision: 1 }) ?? []
  return (await Array.fromAsync(pages)).flat()
}

describe('importHistory', () => {
  test('writes one commit an event, in order, with its own time', async () => {
    const journal = new InMemoryJournal()
    expect(await importHistory(account, journal, id, deposits(3))).toEqual({ kind: 'imported', written: 3 })
    const commits = await commitsOf(journal)
    expect(
      commits.map(({ revision, lastSequenceNr, timestamp, events }) => [
        revision,
        lastSequenceNr,
        timestamp,
        events,
      ]),
    ).toEqual([1, 2, 3].map((n) => [n, n, 1_700_000_000_001 - n, [{ type: 'Deposited', amount: n }]]))
    expect(await verify(account, journal, id)).toEqual({ revision: 3, sequenceNr: 3, stateRevision: 3 })
  })

  test('is followed by commands as if it had happened here', async () => {
    const journal = new InMemoryJournal()
    await importHistory(account, journal, id, deposits(3))
    const engine = createEngine(account, { journal, platform: virtualPlatform() })
    expect(await engine.execute(id, command.withdraw(5))).toMatchObject({ revision: 4 })
    expect((await engine.read(id)).state).toEqual({ balance: 1, txCount: 4 })
    expect(await importHistory(account, journal, id, deposits(3))).toEqual({ kind: 'imported', written: 0 })
  })

  test('writes nothing twice, and goes on with a longer history', async () => {
    const journal = new InMemoryJournal()
    await importHistory(account, journal, id, deposits(3))
    expect(await importHistory(account, journal, id, deposits(3))).toEqual({ kind: 'imported', written: 0 })
    expect(await importHistory(account, journal, id, deposits(5))).toEqual({ kind: 'imported', written: 2 })
    expect(await verify(account, journal, id)).toMatchObject({ revision: 5 })
  })

  test('goes on after an import that broke off', async () => {
    const store = memoryStore()
    let left = 4
    const breaking = new KeyValueJournal({
      ...store,
      async append(...args) {
        if (left-- === 0) throw new Error('gone')
        return store.append(...args)
      },
    })
    await expect(importHistory(account, breaking, id, deposits(10))).rejects.toThrow('gone')
    const journal = new KeyValueJournal(store)
    expect(await verify(account, journal, id)).toMatchObject({ revision: 4 })
    expect(await importHistory(account, journal, id, deposits(10))).toEqual({ kind: 'imported', written: 6 })
    expect(await verify(account, journal, id)).toMatchObject({ revision: 10 })
  })

  test('may run several times at once', async () => {
    const journal = new InMemoryJournal()
    const imports = Array.from({ length: 4 }, () => importHistory(account, journal, id, deposits(50)))
    const results = await Promise.all(imports)
    expect(results.map(({ kind }) => kind)).toEqual(Array.from({ length: 4 }, () => 'imported'))
    expect(results.reduce((sum, result) => sum + (result.kind === 'imported' ? result.written : 0), 0)).toBe(
      50,
    )
    expect(await verify(account, journal, id)).toMatchObject({ revision: 50 })
  })

  test.for([
    {
      what: 'another event',
      other: { event: { type: 'Deposited', amount: 7 } as const, timestamp: 1_699_999_999_999 },
    },
    { what: 'another time', other: { event: { type: 'Deposited', amount: 2 } as const, timestamp: 0 } },
  ])('is refused where the journal holds $what, and names the revision', async ({ other }) => {
    const journal = new InMemoryJournal()
    const [first] = deposits(1)
    await importHistory(account, journal, id, first ? [first, other] : [])
    expect(await importHistory(account, journal, id, deposits(4))).toEqual({ kind: 'conflict', revision: 2 })
    expect(await verify(account, journal, id)).toMatchObject({ revision: 2 })
  })

  test('is refused where a command came between', async () => {
    const journal = new InMemoryJournal()
    await importHistory(account, journal, id, deposits(3))
    await createEngine(account, { journal, platform: virtualPlatform() }).execute(id, command.deposit(1))
    expect(await importHistory(account, journal, id, deposits(5))).toEqual({ kind: 'conflict', revision: 4 })
  })

  test('is refused where a command comes between while it runs', async () => {
    const store = memoryStore()
    const live = createEngine(account, { journal: new KeyValueJournal(store), platform: virtualPlatform() })
    const raced = new KeyValueJournal({
      ...store,
      async append(...args) {
        if (args[1] === 3) await live.execute(id, command.deposit(1))
        return store.append(...args)
      },
    })
    expect(await importHistory(account, raced, id, deposits(5))).toEqual({ kind: 'conflict', revision: 3 })
    expect(await verify(account, raced, id)).toMatchObject({ revision: 3 })
  })

  test('keeps the newest state, riding or as a snapshot, so that the first command reads no history', async () => {
    type Noted = { type: 'Noted'; text: string }
    const notebook = entity({
      entityType: 'account',
      initialState: { notes: [] as readonly string[] },
      onEvent: (state, event: Noted) => ({ notes: [...state.notes, event.text] }),
      onCommand: () => undefined as never,
    })
    const journal = new InMemoryJournal()
    const notes = Array.from({ length: 20 }, (_, n) => ({
      event: { type: 'Noted' as const, text: `${n}`.padEnd(200, '-') },
      timestamp: n,
    }))
    await importHistory(notebook, journal, id, notes)
    const { base } = (await journal.recover(key, { schemaVersion: 1 })) ?? {}
    expect(base).toMatchObject({ revision: 20, sequenceNr: 20, state: { notes: { length: 20 } } })
    expect(await verify(notebook, journal, id)).toMatchObject({ stateRevision: 20 })
  })

  test('works on a journal with four methods', async () => {
    const journal = fourMethodJournal()
    expect(await importHistory(account, journal, id, deposits(3))).toEqual({ kind: 'imported', written: 3 })
    expect(await importHistory(account, journal, id, deposits(4))).toEqual({ kind: 'imported', written: 1 })
    expect(await verify(account, journal, id)).toMatchObject({ revision: 4 })
  })
})

describe('importHistory writes nothing', () => {
  const unknown = { type: 'Closed' } as unknown as AccountEvent
  const dated = { type: 'Deposited', amount: new Date(0) } as unknown as AccountEvent
  test.for([
    {
      what: 'an event that onEvent does not know',
      last: { event: unknown, timestamp: 1 },
      error: { code: 'unknown-event' },
    },
    { what: 'an event that is not JSON', last: { event: dated, timestamp: 1 }, error: { code: 'not-json' } },
    {
      what: 'a time that is none',
      last: { event: { type: 'Deposited', amount: 1 } as AccountEvent, timestamp: Number.NaN },
      error: { name: 'TypeError', message: expect.stringContaining('The timestamp of event 3 must be') },
    },
  ])('of a history with $what', async ({ last, error }) => {
    const journal = new InMemoryJournal()
    await expect(importHistory(account, journal, id, [...deposits(2), last])).rejects.toMatchObject(error)
    expect(await commitsOf(journal)).toEqual([])
  })

  test('of a history with an event that is too large', async () => {
    const journal = new KeyValueJournal(memoryStore({ maxRecordBytes: 1_000 }))
    const large = {
      event: { type: 'Deposited', amount: 1, note: noise(2_000) } as AccountEvent,
      timestamp: 1,
    }
    const importing = importHistory(account, journal, id, [...deposits(2), large])
    await expect(importing).rejects.toMatchObject({ code: 'record-too-large' })
    expect(await commitsOf(journal)).toEqual([])
  })

  test('under an id that is none', async () => {
    await expect(importHistory(account, new InMemoryJournal(), '', [])).rejects.toMatchObject({
      code: 'invalid-id',
    })
  })

  test('of an empty history', async () => {
    expect(await importHistory(account, new InMemoryJournal(), id, [])).toEqual({
      kind: 'imported',
      written: 0,
    })
  })
})
