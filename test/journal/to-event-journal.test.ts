import { type EntityKey, InMemoryJournal, KeyValueJournal, memoryStore, type PersistedEvent } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { appendCommits, stateAfter } from '../helpers/commits.ts'

const entity: EntityKey = { entityType: 'account', entityId: 'acc-001' }
const event = (sequenceNr: number): PersistedEvent => ({
  sequenceNr,
  event: { type: 'Counted', by: sequenceNr },
  timestamp: 1_000,
})

describe('persist', () => {
  test('writes the events of one commit, numbered on from the last', async () => {
    const journal = new InMemoryJournal()
    expect(await journal.persist(entity, [event(1), event(2)])).toBe('persisted')
    expect(await journal.persist(entity, [event(3)])).toBe('persisted')
    const found = await Array.fromAsync(journal.load(entity))
    expect(found).toMatchObject([event(1), event(2), event(3)])
    expect(found.map(({ metadata }) => (metadata as { revision: number }).revision)).toEqual([1, 1, 2])
  })

  test.for([1, 2, 4])(
    'answers conflict for sequence number %d after 2 events, and writes nothing',
    async (next) => {
      const journal = new InMemoryJournal()
      await journal.persist(entity, [event(1), event(2)])
      expect(await journal.persist(entity, [event(next)])).toBe('conflict')
      expect(await Array.fromAsync(journal.load(entity))).toHaveLength(2)
    },
  )

  test('lets exactly one of 16 racing calls win', async () => {
    const store = memoryStore()
    const journals = Array.from({ length: 16 }, () => new KeyValueJournal(store))
    const results = await Promise.all(journals.map((journal) => journal.persist(entity, [event(1)])))
    expect(results.toSorted()).toEqual([...Array.from({ length: 15 }, () => 'conflict'), 'persisted'])
  })

  test('goes on after commits with a state of their own, and after a snapshot', async () => {
    const journal = new InMemoryJournal()
    const written = await appendCommits(journal, entity, 6)
    const last = written.at(-1)?.commit
    if (last !== undefined) await journal.saveState(entity, stateAfter(last))
    expect(await journal.persist(entity, [event(7)])).toBe('persisted')
    expect(await Array.fromAsync(journal.load(entity))).toHaveLength(7)
  })

  test('needs an event', async () => {
    await expect(new InMemoryJournal().persist(entity, [])).rejects.toThrow(
      new TypeError('persist needs at least one event.'),
    )
  })
})

describe('load', () => {
  test('begins at the sequence number asked for, also in the middle of a commit', async () => {
    const journal = new InMemoryJournal()
    await journal.persist(entity, [event(1), event(2), event(3)])
    await journal.persist(entity, [event(4)])
    expect(await Array.fromAsync(journal.load(entity, 2))).toMatchObject([event(2), event(3), event(4)])
    expect(await Array.fromAsync(journal.load(entity, 5))).toEqual([])
  })

  test('passes over commits without events', async () => {
    const journal = new InMemoryJournal()
    const [refusal] = await appendCommits(journal, entity, 1, { events: [] })
    expect(refusal?.commit.lastSequenceNr).toBe(0)
    expect(await journal.persist(entity, [event(1)])).toBe('persisted')
    expect(await Array.fromAsync(journal.load(entity))).toMatchObject([
      { ...event(1), metadata: { revision: 2 } },
    ])
  })

  test('of an entity without events gives none', async () => {
    expect(await Array.fromAsync(new InMemoryJournal().load(entity))).toEqual([])
  })
})

describe('snapshots', () => {
  test('are kept and loaded at the end of a commit', async () => {
    const journal = new InMemoryJournal()
    await journal.persist(entity, [event(1), event(2)])
    await journal.persist(entity, [event(3)])
    expect(await journal.loadSnapshot(entity)).toBeUndefined()
    await journal.saveSnapshot(entity, { sequenceNr: 2, state: { count: 2 }, timestamp: 7 })
    expect(await journal.loadSnapshot(entity)).toEqual({ sequenceNr: 2, state: { count: 2 }, timestamp: 7 })
  })

  test('never go back to an older one', async () => {
    const journal = new InMemoryJournal()
    await journal.persist(entity, [event(1)])
    await journal.persist(entity, [event(2)])
    await journal.saveSnapshot(entity, { sequenceNr: 2, state: 'newer', timestamp: 7 })
    await journal.saveSnapshot(entity, { sequenceNr: 1, state: 'older', timestamp: 8 })
    expect(await journal.loadSnapshot(entity)).toMatchObject({ sequenceNr: 2, state: 'newer' })
  })

  test.for([1, 3])('are refused at sequence number %d, where no commit ends', async (sequenceNr) => {
    const journal = new InMemoryJournal()
    await journal.persist(entity, [event(1), event(2)])
    await expect(journal.saveSnapshot(entity, { sequenceNr, state: 'x', timestamp: 7 })).rejects.toThrow(
      new TypeError(
        `No commit ends at sequence number ${sequenceNr}; a snapshot belongs to the end of a commit.`,
      ),
    )
  })

  test('are what the newest commit carries, when it carries a state', async () => {
    const journal = new InMemoryJournal()
    await appendCommits(journal, entity, 3)
    expect(await journal.loadSnapshot(entity)).toEqual({ sequenceNr: 3, state: { at: 3 }, timestamp: 1_003 })
  })
})
