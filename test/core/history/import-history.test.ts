import { createEngine, systemPlatform } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { type ImportedEvent, importHistory } from '../../../src/core/history/import-history.ts'
import { verify } from '../../../src/core/history/verify.ts'
import { entity } from '../../../src/core/entity/entity.ts'
import type { Journal } from '../../../src/core/journal/journal.ts'
import { keyValueJournal } from '../../../src/journal/key-value-journal.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { type Counted, counter } from '../../helpers/counter.ts'
import { fourMethodJournal } from '../../helpers/four-method-journal.ts'
import { noise } from '../../helpers/noise.ts'
import { counted, writeHistory } from '../../helpers/written-history.ts'

const id = 'c-1'
const key = { entityType: 'counter', entityId: id }
const at = (by: number, timestamp: number): ImportedEvent<Counted> => ({
  event: { type: 'Counted', by },
  timestamp,
})
const history = (count: number, first = 1) =>
  Array.from({ length: count }, (_, n) => at(n + first, 1_700_000_000_000 - n))
const opened = () => keyValueJournal(memoryStore())

async function commitsOf(journal: Journal) {
  return (await Array.fromAsync(journal.commits(key, { fromRevision: 1 }))).flat()
}

describe('importHistory', () => {
  test('writes one commit an event, in order, with its own time', async () => {
    const journal = opened()
    expect(await importHistory(counter, journal, id, history(3))).toEqual({ kind: 'imported', written: 3 })
    const commits = await commitsOf(journal)
    expect(
      commits.map(({ revision, lastSequenceNr, timestamp, events }) => [
        revision,
        lastSequenceNr,
        timestamp,
        events,
      ]),
    ).toEqual([1, 2, 3].map((n) => [n, n, 1_700_000_000_001 - n, [{ type: 'Counted', by: n }]]))
    expect(await verify(counter, journal, id)).toEqual({ revision: 3, sequenceNr: 3, stateRevision: 3 })
  })

  test('is followed by commands as if it had happened here', async () => {
    const journal = opened()
    await importHistory(counter, journal, id, history(3))
    const engine = createEngine(counter, { journal, platform: systemPlatform, costs: true })
    expect(await engine.execute(id, { type: 'Count', by: 4 }, { commandId: 'a' })).toMatchObject({
      revision: 4,
    })
    expect((await engine.read(id)).state).toEqual({ sum: 10 })
    expect(await importHistory(counter, journal, id, history(3))).toEqual({ kind: 'imported', written: 0 })
  })

  test('writes nothing twice, and goes on with a longer history', async () => {
    const journal = opened()
    await importHistory(counter, journal, id, history(3))
    expect(await importHistory(counter, journal, id, history(3))).toEqual({ kind: 'imported', written: 0 })
    expect(await importHistory(counter, journal, id, history(5))).toEqual({ kind: 'imported', written: 2 })
    expect(await verify(counter, journal, id)).toMatchObject({ revision: 5 })
  })

  test('says that no command id was ever dropped: the first keyed command reads no history', async () => {
    const journal = opened()
    await importHistory(counter, journal, id, history(50))
    const { base } = await journal.recover(key, { schemaVersion: 1 })
    expect(base?.recent).toBe('~.')
  })

  test('goes on after an import that broke off', async () => {
    const store = memoryStore()
    let left = 4
    const breaking = keyValueJournal({
      ...store,
      async append(...args) {
        if (left-- === 0) throw new Error('gone')
        return store.append(...args)
      },
    })
    await expect(importHistory(counter, breaking, id, history(10))).rejects.toThrow('gone')
    const journal = keyValueJournal(store)
    expect(await verify(counter, journal, id)).toMatchObject({ revision: 4 })
    expect(await importHistory(counter, journal, id, history(10))).toEqual({ kind: 'imported', written: 6 })
    expect(await verify(counter, journal, id)).toMatchObject({ revision: 10 })
  })

  test('may run several times at once', async () => {
    const journal = opened()
    const imports = Array.from({ length: 4 }, () => importHistory(counter, journal, id, history(50)))
    const results = await Promise.all(imports)
    expect(results.map(({ kind }) => kind)).toEqual(Array.from({ length: 4 }, () => 'imported'))
    const written = results.map((result) => (result.kind === 'imported' ? result.written : 0))
    expect(written.reduce((sum, count) => sum + count)).toBe(50)
    expect(await verify(counter, journal, id)).toMatchObject({ revision: 50 })
  })

  test.for([
    { what: 'another event', other: at(7, 1_699_999_999_999) },
    { what: 'another time', other: at(2, 0) },
  ])('is refused where the journal holds $what, and names the revision', async ({ other }) => {
    const journal = opened()
    await importHistory(counter, journal, id, [...history(1), other])
    expect(await importHistory(counter, journal, id, history(4))).toEqual({ kind: 'conflict', revision: 2 })
    expect(await verify(counter, journal, id)).toMatchObject({ revision: 2 })
  })

  test('is refused where a command came between, also while it runs', async () => {
    const journal = opened()
    await importHistory(counter, journal, id, history(3))
    await writeHistory(journal, key, counted(1))
    expect(await importHistory(counter, journal, id, history(5))).toEqual({ kind: 'conflict', revision: 4 })

    const store = memoryStore()
    const raced = keyValueJournal({
      ...store,
      async append(...args) {
        if (args[1] === 3) await writeHistory(keyValueJournal(store), key, counted(1))
        return store.append(...args)
      },
    })
    expect(await importHistory(counter, raced, id, history(5))).toEqual({ kind: 'conflict', revision: 3 })
  })

  test('can be repeated after the journal went back in time under it', async () => {
    const store = memoryStore()
    let restored = false
    const restoring = keyValueJournal({
      ...store,
      async append(...args) {
        if (args[1] === 4 && !restored) {
          restored = true
          await store.truncate?.(args[0], 1)
        }
        return store.append(...args)
      },
    })
    const importing = importHistory(counter, restoring, id, history(5))
    await expect(importing).rejects.toMatchObject({ code: 'store-unavailable', retryable: true })
    expect(await importHistory(counter, restoring, id, history(5))).toEqual({ kind: 'imported', written: 4 })
    expect(await verify(counter, restoring, id)).toMatchObject({ revision: 5 })
  })

  test('a restore between two pages of what is there makes no corrupt journal of it', async () => {
    const stores = [memoryStore(), memoryStore()] as const
    await importHistory(counter, keyValueJournal(stores[0]), id, history(1_100, 8))
    await importHistory(counter, keyValueJournal(stores[1]), id, history(1_100, 7))
    let pages = 0
    const restored = keyValueJournal({
      ...stores[1],
      range: (...args) => stores[pages++ === 0 ? 0 : 1].range(...args),
    })
    expect(await importHistory(counter, restored, id, history(1_101, 7))).toEqual({
      kind: 'imported',
      written: 1,
    })
  })

  test('keeps the newest state as a snapshot where it does not ride, so that the first command reads no history', async () => {
    const notebook = entity({
      entityType: 'counter',
      initialState: { notes: [] as readonly string[] },
      onEvent: (state, event: { type: 'Noted'; text: string }) => ({ notes: [...state.notes, event.text] }),
      onCommand: () => undefined as never,
    })
    const journal = opened()
    const notes = Array.from({ length: 20 }, (_, n) => ({
      event: { type: 'Noted' as const, text: `${n}`.padEnd(200, '-') },
      timestamp: n,
    }))
    await importHistory(notebook, journal, id, notes)
    const { base } = await journal.recover(key, { schemaVersion: 1 })
    expect(base).toMatchObject({ revision: 20, sequenceNr: 20, state: { notes: { length: 20 } } })
    expect(await verify(notebook, journal, id)).toMatchObject({ stateRevision: 20 })
  })

  test('folds and stores the event as it was given, whatever onEvent does to its own', async () => {
    const careless = entity({
      ...counter,
      onEvent: (state: { sum: number }, event: { type: 'Counted'; by: number }) => {
        const { by } = event
        Reflect.set(event, 'by', 99)
        return { sum: state.sum + by }
      },
    })
    for (const journal of [opened(), fourMethodJournal()]) {
      const given = history(2)
      expect(await importHistory(careless, journal, id, given)).toEqual({ kind: 'imported', written: 2 })
      expect(given).toEqual(history(2))
      expect(await importHistory(counter, journal, id, history(2))).toEqual({ kind: 'imported', written: 0 })
    }
  })

  test('works on a journal with four methods', async () => {
    const journal = fourMethodJournal()
    expect(await importHistory(counter, journal, id, history(3))).toEqual({ kind: 'imported', written: 3 })
    expect(await importHistory(counter, journal, id, history(4))).toEqual({ kind: 'imported', written: 1 })
    expect(await verify(counter, journal, id)).toMatchObject({ revision: 4 })
  })

  test('of an empty history writes nothing', async () => {
    expect(await importHistory(counter, opened(), id, [])).toEqual({ kind: 'imported', written: 0 })
  })
})

describe('importHistory writes nothing of a history', () => {
  const timeError = (given: string) => ({
    name: 'TypeError',
    message: `The timestamp of event 3 must be whole milliseconds since the Unix epoch, within 8640000000000000 of it, not ${given}.`,
  })
  test.for<[string, unknown, object]>([
    [
      'an event of a type that onEvent does not know',
      { event: { type: 'Closed' }, timestamp: 1 },
      { code: 'unknown-event' },
    ],
    ['an event that is not JSON', at(new Date(0) as unknown as number, 1), { code: 'not-json' }],
    ['a time that is not a number', at(1, Number.NaN), timeError('NaN')],
    ['a fraction of a millisecond', at(1, 0.5), timeError('0.5')],
    ['a time later than a Date can hold', at(1, 8_640_000_000_000_001), timeError('8640000000000001')],
    ['a time earlier than a Date can hold', at(1, -8_640_000_000_000_001), timeError('-8640000000000001')],
    ['a Date for a time', at(1, new Date(0) as unknown as number), timeError('an object')],
    [
      'null',
      null,
      { name: 'TypeError', message: 'Entry 3 of history must be { event, timestamp }, not null.' },
    ],
    [
      'an event without a type',
      { event: { by: 1 }, timestamp: 1 },
      { name: 'TypeError', message: 'Event 3 of history must be an object with a type.' },
    ],
  ])('with %s at its end', async ([, last, error]) => {
    const journal = opened()
    const given = [...history(2), last] as Array<ImportedEvent<Counted>>
    const strict = entity({
      ...counter,
      onEvent: (state, event) =>
        event.type === 'Counted' ? counter.onEvent(state, event) : (undefined as never),
    })
    await expect(importHistory(strict, journal, id, given)).rejects.toMatchObject(error)
    expect(await commitsOf(journal)).toEqual([])
  })

  test.for([1, 5_000])('whose last state is not JSON, be the states %i letters long', async (length) => {
    const pad = 'x'.repeat(length)
    const dated = entity({
      entityType: 'counter',
      initialState: { sum: 0 as number | Date, pad },
      onEvent: (state, { by }: Counted) => ({ ...state, sum: by === 3 ? new Date(0) : by }),
      onCommand: () => undefined as never,
    })
    const journal = opened()
    await expect(importHistory(dated, journal, id, history(3))).rejects.toMatchObject({ code: 'not-json' })
    expect(await commitsOf(journal)).toEqual([])
  })

  test('with an event that is too large', async () => {
    const journal = keyValueJournal(memoryStore({ maxRecordBytes: 1_000 }))
    const large = { event: { type: 'Counted', by: 1, note: noise(2_000) } as Counted, timestamp: 1 }
    const importing = importHistory(counter, journal, id, [...history(2), large])
    await expect(importing).rejects.toMatchObject({ code: 'record-too-large' })
    expect(await commitsOf(journal)).toEqual([])
  })

  test.for<[string, readonly unknown[], string | RegExp]>([
    ['definition', [null, opened(), id, []], /^An entity definition must be an object/],
    ['journal', [counter, undefined, id, []], /^journal must be .* not undefined\.$/],
    ['history', [counter, opened(), id, {}], 'history must be an array, not an object.'],
    ['options', [counter, opened(), id, [], null], 'options must be an object such as { tenant }, not null.'],
    ['tenant', [counter, opened(), id, [], { tenant: 7 }], /^A tenant is not valid/],
  ])('where the argument is not one: %s', async ([, args, message]) => {
    const importing = importHistory(...(args as unknown as Parameters<typeof importHistory>))
    const matching = expect.stringMatching(message) as unknown
    await expect(importing).rejects.toMatchObject({ name: 'TypeError', message: matching })
  })

  test('under an id that cannot be', async () => {
    await expect(importHistory(counter, opened(), '', [])).rejects.toMatchObject({ code: 'invalid-id' })
  })
})
