import {
  createEngine,
  type Engine,
  entity,
  KeyValueJournal,
  memoryStore,
  type SnapshotDistance,
  snapshotEvery,
  type StoredRecord,
} from 'tailfold'
import { verify } from 'tailfold/history'
import { describe, expect, test } from 'vitest'
import { virtualPlatform } from '../../src/testing/virtual-platform.ts'
import { noise } from '../helpers/noise.ts'

type State = { notes: readonly string[] }
type Noting = Engine<{ type: 'Note'; text: string }>
type Noted = { type: 'Noted'; text: string }

const notebook = entity({
  entityType: 'notebook',
  initialState: { notes: [] } as State,
  onEvent: (state: State, event: Noted): State => ({ notes: [...state.notes, event.text] }),
  onCommand: (_ctx, _state, { text }: { type: 'Note'; text: string }) => ({
    kind: 'persisted',
    events: [{ type: 'Noted', text }],
  }),
  snapshotPolicy: snapshotEvery({ nEvents: 5 }),
})

function open() {
  const store = memoryStore()
  const journal = new KeyValueJournal(store)
  const engine = () => createEngine(notebook, { journal, platform: virtualPlatform() })
  const records = async () => (await store.range('notebook/n', 1, 100)).commits.map(({ record }) => record)
  return { store, journal, engine, records }
}

const bytesOf = (record: StoredRecord | undefined) => JSON.stringify(record).length

describe('compression', () => {
  test('leaves a commit alone that one billed unit holds', async () => {
    const { engine, records } = open()
    await engine().execute('n', { type: 'Note', text: 'x'.repeat(500) })
    expect((await records())[0]).not.toHaveProperty('z')
  })

  test('makes a commit smaller where that saves a billed unit, and reads it back', async () => {
    const { engine, records, journal } = open()
    const text = 'the quick brown fox '.repeat(200)
    await engine().execute('n', { type: 'Note', text })
    const [record] = await records()
    expect(record).toMatchObject({ z: 'e', t: 'Noted' })
    expect(bytesOf(record)).toBeLessThan(1_024)
    expect((await engine().read('n')).state).toEqual({ notes: [text] })
    expect(await verify(notebook, journal, 'n')).toMatchObject({ revision: 1, sequenceNr: 1 })
  })

  test.each([
    ['the tail of a reader', async (engine: () => Noting) => engine().read('n')],
    ['the commits that a process wrote itself', async () => {}],
  ])('does not hide from the snapshot policy how long %s is', async (_, before) => {
    const seen: SnapshotDistance[] = []
    const snapshotPolicy = (distance: SnapshotDistance) => seen.push(distance) < 0
    const journal = new KeyValueJournal(memoryStore())
    const writer = createEngine({ ...notebook, snapshotPolicy }, { journal, platform: virtualPlatform() })
    const engine = () =>
      createEngine({ ...notebook, snapshotPolicy }, { journal, platform: virtualPlatform() })
    const text = 'the quick brown fox '.repeat(1_000)
    for (let n = 0; n < 3; n++) await writer.execute('n', { type: 'Note', text })
    seen.length = 0
    await before(engine)
    await writer.execute('n', { type: 'Note', text })
    expect(seen.length).toBeGreaterThan(0)
    for (const { events, bytes } of seen) {
      expect(events).toBe(3)
      expect(bytes).toBeGreaterThan(3 * text.length)
      expect(bytes).toBeLessThan(3 * (text.length + 1_000))
    }
  })

  test('leaves a commit alone that does not shrink', async () => {
    const { engine, records } = open()
    await engine().execute('n', { type: 'Note', text: noise(3_000) })
    expect((await records())[0]).not.toHaveProperty('z')
  })

  test('makes snapshots smaller', async () => {
    const { engine, store } = open()
    const texts = Array.from({ length: 12 }, (_, n) => `${n} the quick brown fox `.repeat(50))
    for (const text of texts) {
      const once = engine()
      await once.execute('n', { type: 'Note', text })
      await once.idle()
    }
    const { snapshot } = await store.recover('notebook/n', 4)
    expect(snapshot?.record).toMatchObject({ z: 's' })
    expect((await engine().read('n')).state).toEqual({ notes: texts })
  })

  test('that cannot be undone is journal-corrupt', async () => {
    const { engine, store } = open()
    await store.append('notebook/n', 1, { v: 1, id: 'i', ts: 0, n: 1, e: 'bm90IGRlZmxhdGU=', z: 'e', h: 'h' })
    await expect(engine().read('n')).rejects.toMatchObject({ code: 'journal-corrupt', data: { revision: 1 } })
  })
})
