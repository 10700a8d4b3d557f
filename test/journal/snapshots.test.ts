import { type Commit, type EntityKey, memoryStore } from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { describe, expect, test } from 'vitest'
import { appendCommits, flat, stateAfter } from '../helpers/commits.ts'
import { faultyStore } from '../helpers/faulty-store.ts'
import { noise } from '../helpers/noise.ts'

const entity: EntityKey = { entityType: 'account', entityId: 'acc-001' }
const key = 'account/acc-001'

async function opened(commits: number, inlineState = false) {
  const store = faultyStore(memoryStore())
  const journal = keyValueJournal(store, { inlineState })
  const prepared = await appendCommits(journal, entity, commits)
  return { store, journal, commits: prepared.map(({ commit }) => commit) }
}

describe('a snapshot of an older schema version', () => {
  /** Version 2 holds the slot, at revision 10 of 12; version 1 has saved its own at revision 6. */
  async function rolledBack() {
    const { store, journal, commits } = await opened(12)
    const [sixth, tenth] = [commits[5], commits[9]] as unknown as readonly [Commit, Commit]
    await journal.saveState(entity, stateAfter(tenth, { schemaVersion: 2, state: 'of version 2' }))
    const older = { schemaVersion: 1, slotIsNewer: true, state: 'of version 1' }
    await journal.saveState(entity, stateAfter(sixth, older))
    return { store, journal, commits }
  }

  test('is told to be saved beside the slot, and is found there with one more request', async () => {
    const { store, journal, commits } = await rolledBack()
    const before = store.requests()
    const { base, tail, slotIsNewer } = await journal.recover(entity, { schemaVersion: 1 })
    expect([base?.revision, base?.state, slotIsNewer]).toEqual([6, 'of version 1', true])
    expect(await flat(tail)).toEqual(commits.slice(6))
    expect(store.requests() - before).toBe(3)
  })

  test('leaves the slot to the newer one, which costs what it did', async () => {
    const { store, journal } = await rolledBack()
    const before = store.requests()
    const { base, slotIsNewer } = await journal.recover(entity, { schemaVersion: 2 })
    expect([base?.revision, base?.state, slotIsNewer]).toEqual([10, 'of version 2', false])
    expect(store.requests() - before).toBe(1)
  })

  test('is kept under a key that no entity has', async () => {
    const { store } = await rolledBack()
    const { snapshot, commits } = await store.recover(`${key}//1`, 2)
    expect([snapshot?.revision, snapshot?.schemaVersion, commits]).toEqual([6, 1, []])
  })

  test('is not looked for where a state of its version rides with a new commit', async () => {
    const { store, journal, commits } = await opened(3, true)
    await journal.saveState(entity, stateAfter(commits[2] as Commit, { schemaVersion: 2 }))
    const before = store.requests()
    const { base, slotIsNewer } = await journal.recover(entity, { schemaVersion: 1 })
    expect([base?.revision, slotIsNewer]).toEqual([3, true])
    expect(store.requests() - before).toBe(1)
  })

  test('that the slot still holds is replaced by a newer version there', async () => {
    const { journal, commits } = await opened(4)
    const fourth = commits[3] as Commit
    await journal.saveState(entity, stateAfter(fourth, { schemaVersion: 1 }))
    expect(await journal.recover(entity, { schemaVersion: 2 })).toMatchObject({
      base: undefined,
      slotIsNewer: false,
    })
    await journal.saveState(entity, stateAfter(fourth, { schemaVersion: 2 }))
    expect(await journal.recover(entity, { schemaVersion: 2 })).toMatchObject({ base: { revision: 4 } })
  })
})

describe('a snapshot', () => {
  test('saved again at the same revision mends a wrong one; an older one does not replace it', async () => {
    const { journal, commits } = await opened(4)
    const [third, fourth] = [commits[2], commits[3]] as unknown as readonly [Commit, Commit]
    await journal.saveState(entity, stateAfter(fourth, { state: 'wrong' }))
    await journal.saveState(entity, stateAfter(fourth, { state: 'right' }))
    await journal.saveState(entity, stateAfter(third, { state: 'older' }))
    expect((await journal.recover(entity, {})).base?.state).toBe('right')
  })

  test.for([Number.NaN, Number.POSITIVE_INFINITY, 1.5, 8.64e15 + 1])(
    'with timestamp %d is refused before a request',
    async (timestamp) => {
      const { store, journal, commits } = await opened(1)
      const before = store.requests()
      const saved = journal.saveState(entity, stateAfter(commits[0] as Commit, { timestamp }))
      await expect(saved).rejects.toThrow(/^A timestamp must be whole milliseconds/)
      expect(store.requests()).toBe(before)
    },
  )
})

describe('every request', () => {
  test('of a journal reports its cost and passes the signal on', async () => {
    const memory = memoryStore()
    const signals: unknown[] = []
    const noting = Object.fromEntries(
      Object.entries(memory).map(([name, method]) => [
        name,
        typeof method === 'function' && name !== 'recordBytes'
          ? (...args: readonly unknown[]) => {
              signals.push((args.at(-1) as { signal?: unknown } | undefined)?.signal)
              return (method as (...all: readonly unknown[]) => unknown)(...args)
            }
          : method,
      ]),
    ) as unknown as typeof memory
    const journal = keyValueJournal(noting, { inlineState: false })
    const { signal } = new AbortController()
    let requests = 0
    const request = { signal, meter: ({ requests: count }: { requests: number }) => void (requests += count) }

    const [first] = await appendCommits(keyValueJournal(memory), entity, 12)
    const commit = first?.commit as Commit
    await journal.saveState(entity, stateAfter(commit), request)
    const { tail } = await journal.recover(entity, { schemaVersion: 1 }, request)
    await flat(tail)
    await journal.recover(entity, { upTo: 3 }, request)
    await flat(journal.commits(entity, { fromRevision: 3 }, request))
    const { revision, lastSequenceNr: sequenceNr, hash } = commit
    await journal.readOn(entity, { revision, sequenceNr, hash }, request)
    await journal.findCommandId?.(entity, 'c', request)
    await journal.entityIds?.({ entityType: 'account', limit: 3 }, request)
    const again = journal.prepare(entity, { ...draftLike(commit) })
    await journal.append(entity, again, request)

    expect(new Set(signals)).toEqual(new Set([signal]))
    expect(requests).toBe(signals.length)
    expect(requests).toBeGreaterThanOrEqual(8)
  })
})

describe('the command ids of a state', () => {
  test('fill what is left of the bytes that are billed anyway', async () => {
    const { store, journal, commits } = await opened(60)
    const last = commits.at(-1) as Commit
    const ids = Array.from({ length: 500 }, (_, index) => ({
      hash: String(index).padStart(8, 'h'),
      revision: 60 - Math.floor(index / 10),
      time: last.timestamp,
      receipt: undefined,
    }))
    const recent = { commands: ids, dropped: undefined, time: last.timestamp }
    await journal.saveState(entity, stateAfter(last, { state: noise(1_500), recent, idsAtLeast: 32 }))
    const { snapshot } = await store.recover(key, 2)
    const bytes = store.recordBytes(key, 60, { ...snapshot?.record, sr: 60, sv: 1 })
    expect(bytes).toBeLessThanOrEqual(2 * 1_024)
    expect(bytes).toBeGreaterThan(2 * 1_024 - 30)
  })
})

function draftLike({ revision, timestamp, lastSequenceNr, events, receipts }: Commit) {
  return {
    revision,
    commitId: 'another',
    timestamp,
    lastSequenceNr,
    events,
    eventTexts: events.map((event) => JSON.stringify(event)),
    receipts,
    previousHash: '',
    state: undefined,
    stateBytesHint: 0,
    schemaVersion: 1,
    recent: { commands: [], dropped: undefined, time: 0 },
    idsAtLeast: 0,
  }
}
