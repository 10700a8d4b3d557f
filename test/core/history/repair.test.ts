import { describe, expect, test } from 'vitest'
import {
  type DamageReport,
  findDamage,
  repair,
  type RepairOptions,
} from '../../../src/core/history/repair.ts'
import { verify } from '../../../src/core/history/verify.ts'
import { keyValueJournal } from '../../../src/journal/key-value-journal.ts'
import type { Store, StoredRecord } from '../../../src/journal/store.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { counter } from '../../helpers/counter.ts'
import { fourMethodJournal } from '../../helpers/four-method-journal.ts'
import { counted, firstTime, writeHistory } from '../../helpers/written-history.ts'

const id = 'c-1'
const key = { entityType: 'counter', entityId: id }
const name = 'counter/c-1'
const ones = (count: number) => counted(...Array.from({ length: count }, () => 1))

/** Records of a history of its own, as another process would have written it. */
async function records(count: number) {
  const store = memoryStore()
  await writeHistory(keyValueJournal(store, { inlineState: false }), key, ones(count))
  return (await store.range(name, 1, count)).commits.map(({ record }) => record)
}

/** An entity whose store holds these records at these revisions, without a check. */
async function stored(...kept: ReadonlyArray<readonly [revision: number, record: StoredRecord | undefined]>) {
  const store = memoryStore()
  for (const [revision, record] of kept) if (record !== undefined) await store.append(name, revision, record)
  return { store, journal: keyValueJournal(store) }
}

/** Commits 1 to 5, then 9 to 12: restored to 5 under a process that was at 8. */
async function withGap() {
  const all = await records(12)
  const kept = all.map((record, index) => [index + 1, record] as const)
  return stored(...kept.filter(([revision]) => revision <= 5 || revision >= 9))
}

async function saveSnapshot(store: Store, revision: number, h: string) {
  await store.saveSnapshot(name, {
    revision,
    schemaVersion: 1,
    record: { v: 1, ts: 0, n: revision, h, s: '{"sum":1}' },
  })
}

const removal = {
  lastRevision: 5,
  commits: 4,
  events: 4,
  times: [firstTime + 8_000, firstTime + 11_000] as const,
}

describe('findDamage', () => {
  test('reports nothing of a sound entity, or one that was never written', async () => {
    const { journal, store } = await stored(
      ...(await records(3)).map((record, index) => [index + 1, record] as const),
    )
    expect(await findDamage(journal, 'counter', id)).toEqual({ entity: key, soundRevision: 3, damage: [] })
    const [, second] = (await store.range(name, 1, 2)).commits
    await saveSnapshot(store, 2, String(second?.record['h']))
    expect(await findDamage(journal, counter, id)).toEqual({ entity: key, soundRevision: 3, damage: [] })
    expect(await findDamage(journal, 'counter', 'nobody')).toMatchObject({ soundRevision: 0, damage: [] })
  })

  test('reports a gap, and how much lies beyond it', async () => {
    const { journal } = await withGap()
    expect(await findDamage(journal, counter, id)).toEqual({
      entity: key,
      soundRevision: 5,
      damage: [{ kind: 'gap', revision: 6, nextRevision: 9 }],
      removal,
    })
  })

  test('reports a commit that does not follow from the one before, as after a restore without a gap', async () => {
    const first = await records(7)
    const other = memoryStore()
    await writeHistory(keyValueJournal(other), key, counted(1, 1, 1, 1, 1, 2))
    const sixth = (await other.range(name, 6, 1)).commits[0]?.record
    const kept = first.map((record, index) => [index + 1, index === 5 ? sixth : record] as const)
    const { journal } = await stored(...kept)
    const report = await findDamage(journal, counter, id)
    expect(report.damage).toEqual([
      {
        kind: 'commit',
        revision: 7,
        problem: 'its hash does not follow from its content and the commit before',
      },
    ])
    expect(report.removal).toMatchObject({ lastRevision: 6, commits: 1 })
  })

  test.for<[string, StoredRecord, string]>([
    ['events that are not JSON', { e: '[{' }, 'field e is not JSON'],
    ['no time', { ts: '' }, 'a field is missing or of the wrong type'],
    ['other events', { e: '[]' }, 'its hash does not follow from its content and the commit before'],
  ])('reports a commit with %s', async ([, change, problem]) => {
    const kept = (await records(4)).map(
      (record, index) => [index + 1, index === 1 ? { ...record, ...change } : record] as const,
    )
    const { journal } = await stored(...kept)
    expect(await findDamage(journal, counter, id)).toMatchObject({
      soundRevision: 1,
      damage: [{ kind: 'commit', revision: 2, problem }],
      removal: { lastRevision: 1, commits: 3 },
    })
  })

  test('reports a snapshot that is ahead of the journal, to be removed without any commit', async () => {
    const { journal, store } = await stored(
      ...(await records(5)).map((record, index) => [index + 1, record] as const),
    )
    await saveSnapshot(store, 9, 'abcdefghijklmnopqrstuv')
    expect(await findDamage(journal, counter, id)).toEqual({
      entity: key,
      soundRevision: 5,
      damage: [{ kind: 'snapshot-ahead', revision: 9 }],
      removal: { lastRevision: 8, commits: 0, events: 0 },
    })
  })

  test('reports a snapshot of another history, which needs no repair', async () => {
    const { journal, store } = await stored(
      ...(await records(5)).map((record, index) => [index + 1, record] as const),
    )
    await saveSnapshot(store, 4, 'abcdefghijklmnopqrstuv')
    expect(await findDamage(journal, counter, id)).toEqual({
      entity: key,
      soundRevision: 5,
      damage: [{ kind: 'snapshot-mismatch', revision: 4 }],
    })
  })

  test('does not take records of a newer format for damage', async () => {
    const kept = (await records(4)).map(
      (record, index) => [index + 1, index === 2 ? { ...record, v: 99 } : record] as const,
    )
    const { journal } = await stored(...kept)
    await expect(findDamage(journal, counter, id)).rejects.toMatchObject({
      code: 'journal-corrupt',
      data: { revision: 3, problem: expect.stringContaining('newer') },
    })
  })

  test.for<[string, readonly unknown[], object]>([
    [
      'no journal',
      [undefined, 'counter', id],
      { name: 'TypeError', message: expect.stringMatching(/^journal must be .* not undefined\.$/) },
    ],
    [
      'a journal of four methods',
      [fourMethodJournal(), 'counter', id],
      { name: 'TypeError', message: expect.stringMatching(/^This journal cannot be surveyed/) },
    ],
    [
      'no type',
      [keyValueJournal(memoryStore()), undefined, id],
      { name: 'TypeError', message: expect.stringMatching(/^Entity type undefined is not valid/) },
    ],
    ['no id', [keyValueJournal(memoryStore()), counter], { code: 'invalid-id' }],
  ])('refuses %s and names the argument', async ([, args, error]) => {
    const finding = findDamage(...(args as unknown as Parameters<typeof findDamage>))
    await expect(finding).rejects.toMatchObject(error)
  })
})

describe('repair', () => {
  const confirm = { confirm: true } as const

  test('removes what lies beyond a gap, with the snapshot, and the entity goes on from there', async () => {
    const { journal, store } = await withGap()
    await saveSnapshot(store, 10, 'abcdefghijklmnopqrstuv')
    const report = await findDamage(journal, counter, id)
    expect(await repair(journal, report, confirm)).toEqual({ kind: 'repaired', removedCommits: 4 })
    expect(await findDamage(journal, counter, id)).toEqual({ entity: key, soundRevision: 5, damage: [] })
    await writeHistory(journal, key, counted(1))
    expect(await verify(counter, journal, id)).toMatchObject({ revision: 6, sequenceNr: 6 })
  })

  test('removes a snapshot that is ahead and keeps every commit, those written meanwhile too', async () => {
    const { journal, store } = await stored(
      ...(await records(5)).map((record, index) => [index + 1, record] as const),
    )
    await saveSnapshot(store, 9, 'abcdefghijklmnopqrstuv')
    const report = await findDamage(journal, counter, id)
    await writeHistory(journal, key, counted(1))
    expect(await repair(journal, report, confirm)).toEqual({ kind: 'repaired', removedCommits: 0 })
    expect(await findDamage(journal, counter, id)).toEqual({ entity: key, soundRevision: 6, damage: [] })
  })

  test('removes nothing where the entity has changed since the report', async () => {
    const { journal, store } = await withGap()
    const report = await findDamage(journal, counter, id)
    await store.append(name, 13, (await records(13))[12] ?? {})
    const result = await repair(journal, report, confirm)
    expect(result).toMatchObject({ kind: 'changed', report: { removal: { lastRevision: 5, commits: 5 } } })
    expect((await store.range(name, 1, 100)).commits).toHaveLength(10)
  })

  test('may be repeated: nothing is left to repair', async () => {
    const { journal } = await withGap()
    const report = await findDamage(journal, counter, id)
    await repair(journal, report, confirm)
    expect(await repair(journal, report, confirm)).toEqual({ kind: 'nothing-to-repair' })
  })

  test.for([undefined, {}, { confirm: 1 }])('does nothing without consent: %j', async (options) => {
    const { journal, store } = await withGap()
    const report = await findDamage(journal, counter, id)
    const repairing = repair(journal, report, options as unknown as RepairOptions)
    await expect(repairing).rejects.toMatchObject({
      name: 'TypeError',
      message: 'repair removes commits: it needs { confirm: true }.',
    })
    expect((await store.range(name, 1, 100)).commits).toHaveLength(9)
  })

  test('refuses a report that is none, and a journal that cannot remove', async () => {
    const { journal, store } = await withGap()
    const noReport = repair(journal, null as unknown as DamageReport, confirm)
    await expect(noReport).rejects.toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('not null'),
    })
    const { truncate: _, ...rest } = store
    const fixed = keyValueJournal(rest)
    const repairing = repair(fixed, await findDamage(fixed, counter, id), confirm)
    const message = expect.stringContaining('This journal cannot remove commits') as unknown
    await expect(repairing).rejects.toMatchObject({ name: 'TypeError', message })
  })
})
