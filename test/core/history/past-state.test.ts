import {
  type ActorRef,
  type Behavior,
  Behaviors,
  type CommandContext,
  type Commit,
  createEngine,
  type EntityDefinition,
  type EntityKey,
  entity,
  type EventJournal,
  KeyValueJournal,
  memoryStore,
  snapshotEvery,
  type SnapshotPolicy,
} from 'tailfold'
import { beforeAll, describe, expect, test } from 'vitest'
import { plainCommitLog } from '../../../src/core/journal/to-journal.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { flat } from '../../helpers/commits.ts'
import { faultyStore } from '../../helpers/faulty-store.ts'
import { fourMethodJournal } from '../../helpers/four-method-journal.ts'

interface State {
  readonly sum: number
  /** The newest few amounts: what a fold in the wrong order gets wrong. */
  readonly newest: readonly number[]
}
type Event = { type: 'Added'; amount: number }
type Command = { type: 'Add'; amounts: readonly number[]; replyTo: ActorRef<number> } | { type: 'Refuse' }

const initialState: State = { sum: 0, newest: [] }
const fold = (state: State, { amount }: Event): State => ({
  sum: state.sum + amount,
  newest: [amount, ...state.newest].slice(0, 5),
})

function tally(options: { readonly snapshotPolicy?: SnapshotPolicy; readonly schemaVersion?: number } = {}) {
  return entity({
    entityType: 'tally',
    initialState,
    onEvent: fold,
    onCommand(_ctx: CommandContext, _state, command: Command): Behavior<Event, State> {
      if (command.type === 'Refuse') return Behaviors.rejected('as asked')
      const events = command.amounts.map((amount) => ({ type: 'Added', amount }) satisfies Event)
      return Behaviors.persisted({ events, reply: ({ sum }) => sum })
    },
    ...options,
  }) as EntityDefinition<'tally', State, Event, Command>
}

const key: EntityKey = { entityType: 'tally', entityId: 't-1' }
const never: SnapshotPolicy = () => false
const revisions = 300

/** A history of 300 commits, of one to three events or a refusal, a second or so apart. */
async function write(journal: EventJournal, definition: ReturnType<typeof tally>) {
  const platform = virtualPlatform()
  const engine = createEngine(definition, { journal, platform })
  const keepsRefusals = journal.commitLog !== undefined
  for (let revision = 1; revision <= revisions; revision++) {
    platform.jump(900 + (revision % 7) * 30)
    const refuse = keepsRefusals && revision % 11 === 0
    const amounts = Array.from({ length: 1 + (revision % 3) }, (_, index) => revision * 10 + index)
    const sent = refuse ? { type: 'Refuse' as const } : { type: 'Add' as const, amounts }
    await engine.execute(key.entityId, sent, { commandId: `c-${revision}` })
    // One snapshot at a time: which of two is the newer is not what is tested here.
    await engine.idle()
  }
}

/** The state after each event, from a plain fold of what the journal holds. */
async function oracleOf(journal: EventJournal) {
  const log = journal.commitLog ?? plainCommitLog(journal)
  const commits = await flat(log.commits(key, { fromRevision: 1 }))
  const states = [initialState]
  for (const event of commits.flatMap(({ events }) => events as readonly Event[])) {
    states.push(fold(states.at(-1) as State, event))
  }
  const stateAt = (sequenceNr: number) => states[sequenceNr]
  return { commits, stateAt, events: states.length - 1 }
}

describe.for<
  [string, (store: ReturnType<typeof memoryStore>) => EventJournal, SnapshotPolicy | undefined, number]
>([
  ['where states ride along', (store) => new KeyValueJournal(store), undefined, 1],
  [
    'where they do not, with a snapshot on the way',
    (store) => new KeyValueJournal(store, { inlineState: false }),
    snapshotEvery({ nEvents: 150 }),
    1,
  ],
  ['from events alone', (store) => new KeyValueJournal(store, { inlineState: false }), never, 1],
  ['where all states are of another schema version', (store) => new KeyValueJournal(store), undefined, 2],
  [
    'in a journal of four methods, with snapshots',
    () => fourMethodJournal(),
    snapshotEvery({ nEvents: 150 }),
    1,
  ],
  ['in a journal of four methods, from events alone', () => fourMethodJournal(), never, 1],
])('a past state %s', { timeout: 60_000 }, ([, open, snapshotPolicy, schemaVersion]) => {
  const journal = open(memoryStore())
  const options = snapshotPolicy === undefined ? {} : { snapshotPolicy }
  const engine = createEngine(tally({ ...options, schemaVersion }), { journal, platform: virtualPlatform() })
  const read = (point: Parameters<typeof engine.readPast>[1]) => engine.readPast(key.entityId, point)
  let commits: readonly Commit[] = []
  let stateAt: (sequenceNr: number) => State | undefined
  let events = 0

  beforeAll(async () => {
    await write(journal, tally(options))
    ;({ commits, stateAt, events } = await oracleOf(journal))
  })

  test('at every revision is the fold of the events up to it', async () => {
    expect(commits).toHaveLength(revisions)
    for (const { revision, lastSequenceNr } of commits) {
      const expected = { revision, sequenceNr: lastSequenceNr, state: stateAt(lastSequenceNr) }
      expect(await read({ revision })).toEqual(expected)
    }
  })

  test('after every event, those within a commit too, is the fold of the events up to it', async () => {
    for (let sequenceNr = 1; sequenceNr <= events; sequenceNr += 4) {
      const past = await read({ sequenceNr })
      expect(past).toMatchObject({ sequenceNr, state: stateAt(sequenceNr) })
      const holder = commits.find(({ lastSequenceNr }) => lastSequenceNr >= sequenceNr)
      expect(past?.revision).toBe(holder?.revision)
    }
  })

  test('at a time is that after the last commit written by then', async () => {
    for (const commit of commits.filter(({ revision }) => revision < 5 || revision % 9 === 0)) {
      const { revision, timestamp, lastSequenceNr } = commit
      expect(await read({ at: timestamp })).toEqual({
        revision,
        sequenceNr: lastSequenceNr,
        state: stateAt(lastSequenceNr),
      })
      expect((await read({ at: timestamp - 1 }))?.revision).toBe(revision - 1)
    }
    expect((await read({ at: Number.MAX_SAFE_INTEGER }))?.revision).toBe(revisions)
  })

  test('at its beginning is the initial state', async () => {
    const beginning = { revision: 0, sequenceNr: 0, state: initialState }
    expect([await read({ revision: 0 }), await read({ sequenceNr: 0 }), await read({ at: 0 })]).toEqual([
      beginning,
      beginning,
      beginning,
    ])
  })

  test('is none where the entity has not come that far, or was never written to', async () => {
    expect([await read({ revision: revisions + 1 }), await read({ sequenceNr: events + 1 })]).toEqual([
      undefined,
      undefined,
    ])
    expect(await engine.readPast('nobody', { revision: 1 })).toBeUndefined()
    expect(await engine.readPast('nobody', { sequenceNr: 1 })).toBeUndefined()
    expect(await engine.readPast('nobody', { at: Date.UTC(2026, 5) })).toMatchObject({ revision: 0 })
  })
})

describe('a past state costs', () => {
  async function open(inlineState: boolean, snapshotPolicy?: SnapshotPolicy) {
    const store = faultyStore(memoryStore())
    const journal = new KeyValueJournal(store, { inlineState })
    await write(journal, tally(snapshotPolicy && { snapshotPolicy }))
    const engine = createEngine(tally(), { journal, platform: virtualPlatform() })
    return async (point: Parameters<typeof engine.readPast>[1]) => {
      const before = store.requests()
      await engine.readPast(key.entityId, point)
      return store.requests() - before
    }
  }

  test('one request by revision where states ride along, and none at the beginning', async () => {
    const requests = await open(true)
    for (const revision of [1, 2, 150, 299, 300]) expect(await requests({ revision })).toBe(1)
    expect(await requests({ revision: 0 })).toBe(0)
  })

  test('a search of as many requests as the head has binary digits by time and within a commit', async () => {
    const requests = await open(true)
    const digits = Math.ceil(Math.log2(revisions))
    for (let n = 0; n <= 20; n++) {
      expect(await requests({ at: Date.UTC(2026, 0, 1) + n * 15_000 })).toBeLessThanOrEqual(digits + 3)
      expect(await requests({ sequenceNr: 1 + n * 25 })).toBeLessThanOrEqual(digits + 4)
    }
  })

  test('a few looks of growing width where no state rides along', async () => {
    const requests = await open(false, never)
    for (const revision of [1, 17, 150, 300]) expect(await requests({ revision })).toBeLessThanOrEqual(6)
  })

  test('no more than that beyond the head, however far', async () => {
    for (const requests of [await open(true), await open(false, never)]) {
      for (const revision of [301, 10_000, Number.MAX_SAFE_INTEGER]) {
        expect(await requests({ revision })).toBeLessThanOrEqual(5)
        expect(await requests({ sequenceNr: revision * 3 })).toBeLessThanOrEqual(5)
      }
    }
  })
})
