import { memoryStore, type RecordPage, type Store, type StoredCommit, type StoredRecord } from 'tailfold'
import { storeConformance } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'

type Break = (sound: Store) => Store

interface BrokenStore {
  readonly what: string
  readonly breaking: Break
  /** Every case that must fail, and no other may. */
  readonly fails: readonly string[]
  /** What is broken beside commits and snapshots; a store broken elsewhere is excused from cases about these. */
  readonly breaks?: 'command ids' | 'keys'
}

const broken: readonly BrokenStore[] = [
  {
    what: 'lets a second writer overwrite a commit',
    breaking: () => overwriting(),
    fails: [
      'of 16 racing appends exactly one wins',
      'an append to a taken revision changes nothing',
      'a journal tells the loser of a revision who won it',
    ],
  },
  {
    what: 'gives the loser its own record back',
    breaking: (sound) => ({
      ...sound,
      async append(key, revision, record) {
        const result = await sound.append(key, revision, record)
        return result.kind === 'occupied' ? { kind: 'occupied', record } : result
      },
    }),
    fails: [
      'of 16 racing appends exactly one wins',
      'large, empty and non-ASCII text and large integers come back unchanged',
      'a journal tells the loser of a revision who won it',
    ],
  },
  {
    what: 'sorts revisions as text',
    breaking: (sound) => ({ ...sound, range: textOrderRange(sound), recover: textOrderRecover(sound) }),
    fails: [
      'every acknowledged append is seen by the next read',
      'commits stand in the order of their numbers across 9, 99 and 999',
      'the newest commits are found on both sides of 9, newest first',
      'pages of any size skip nothing and repeat nothing',
      'an entity of 1.5 MB is read to its end',
      'entities do not mix, whatever prefix their keys share',
      'recover gives the snapshot and the newest commits in one call',
      'a journal recovers what it appended, in order and with its state',
    ],
  },
  {
    what: 'sorts only the newest commits as text',
    breaking: (sound) => ({ ...sound, recover: textOrderRecover(sound) }),
    fails: [
      'every acknowledged append is seen by the next read',
      'commits stand in the order of their numbers across 9, 99 and 999',
      'the newest commits are found on both sides of 9, newest first',
      'entities do not mix, whatever prefix their keys share',
      'recover gives the snapshot and the newest commits in one call',
      'a journal recovers what it appended, in order and with its state',
    ],
  },
  {
    what: 'skips a commit between two pages',
    breaking: (sound) => ({
      ...sound,
      async range(key, fromRevision, limit) {
        const page = await sound.range(key, fromRevision, limit)
        return fromRevision > 1 && page.commits.length > 1
          ? { ...page, commits: page.commits.slice(1) }
          : page
      },
    }),
    fails: [
      'commits stand in the order of their numbers across 9, 99 and 999',
      'pages of any size skip nothing and repeat nothing',
      'a snapshot is no commit',
      'a journal whose states do not ride along recovers from snapshot and tail',
    ],
  },
  {
    what: 'ends an answer at 1 MB and does not say that there is more',
    breaking: (sound) => ({
      ...sound,
      async range(key, fromRevision, limit) {
        const { commits } = await sound.range(key, fromRevision, limit)
        const fitting = upTo(commits, 1_000_000)
        return { commits: fitting, more: fitting.length === limit }
      },
    }),
    fails: ['an entity of 1.5 MB is read to its end'],
  },
  {
    what: 'truncates what is too large',
    breaking: (sound) => ({
      ...sound,
      async append(key, revision, record) {
        const surplus = sound.recordBytes(key, revision, record) - sound.limits.maxRecordBytes
        const cut = { ...record, s: String(record['s']).slice(0, -surplus) }
        return sound.append(key, revision, surplus > 0 ? cut : record)
      },
    }),
    fails: ['a record one byte too large is refused and leaves nothing'],
  },
  {
    what: 'recovers from a copy that lags behind',
    breaking: (sound) => ({
      ...sound,
      async recover(key, limit) {
        const found = await sound.recover(key, limit)
        return { ...found, commits: found.commits.slice(1) }
      },
    }),
    fails: [
      'an appended record is read back as it was written',
      'every acknowledged append is seen by the next read',
      'large, empty and non-ASCII text and large integers come back unchanged',
      'the longest key is taken',
      'commits stand in the order of their numbers across 9, 99 and 999',
      'the newest commits are found on both sides of 9, newest first',
      'entities do not mix, whatever prefix their keys share',
      'recover gives the snapshot and the newest commits in one call',
      'recover says that nothing is left when everything fits',
      'a snapshot ahead of the commits is returned as it is',
      'a journal recovers what it appended, in order and with its state',
      'a journal whose states do not ride along recovers from snapshot and tail',
      'a journal ignores a snapshot ahead of its commits',
    ],
  },
  {
    what: 'keeps whatever snapshot came last',
    breaking: (sound) => lastSnapshotWins(sound),
    fails: [
      'an older snapshot never replaces a newer one',
      'a snapshot of an older schema version never replaces a newer one',
      'of racing snapshots the newest stays',
    ],
  },
  {
    what: 'compares only the revisions of snapshots',
    breaking: (sound) => ({
      ...sound,
      async saveSnapshot(key, snapshot) {
        const present = (await sound.recover(key, 2)).snapshot
        if (present !== undefined && present.revision >= snapshot.revision) return
        await sound.saveSnapshot(key, { ...snapshot, schemaVersion: 1 })
      },
    }),
    fails: [
      'a snapshot of an older schema version never replaces a newer one',
      'a snapshot of a newer schema version replaces any older one',
    ],
  },
  {
    what: 'cuts keys short',
    breaking: (sound) => withKeys(sound, (key) => key.slice(0, newKeyChars)),
    fails: ['entities do not mix, whatever prefix their keys share'],
  },
  {
    what: 'finds the commits of every key with the prefix asked for',
    breaking: (sound) => byPrefix(sound),
    fails: ['entities do not mix, whatever prefix their keys share'],
  },
  {
    what: 'records the command ids of an append that lost',
    breaks: 'command ids',
    breaking(sound) {
      const stray = new Map<string, number>()
      return {
        ...sound,
        async append(key, revision, record, options = {}) {
          for (const { commandId } of options.ids ?? []) stray.set(`${key} ${commandId}`, revision)
          return sound.append(key, revision, record, options)
        },
        findCommandId: async (key, commandId) => stray.get(`${key} ${commandId}`),
      }
    },
    fails: [
      'a command id is recorded with its commit or not at all',
      'of 16 racing appends with command ids exactly one wins, with its id',
    ],
  },
  {
    what: 'finds a command id under any key',
    breaks: 'command ids',
    breaking(sound) {
      const ids = new Map<string, number>()
      return {
        ...sound,
        async append(key, revision, record, options = {}) {
          const result = await sound.append(key, revision, record, options)
          for (const { commandId } of options.ids ?? [])
            if (result.kind === 'appended') ids.set(commandId, revision)
          return result
        },
        findCommandId: async (_key, commandId) => ids.get(commandId),
      }
    },
    fails: ['a command id appended with a commit is found at its revision, for its own key only'],
  },
  {
    what: 'lists keys in the order of their first commits',
    breaks: 'keys',
    breaking: (sound) => withListing(sound, (keys) => keys),
    fails: ['keys with commits are listed once each, in order, whatever they hold beside'],
  },
  {
    what: 'lists a key for every commit',
    breaks: 'keys',
    breaking: (sound) => withListing(sound, (keys) => keys.flatMap((key) => [key, key]).toSorted()),
    fails: [
      'keys with commits are listed once each, in order, whatever they hold beside',
      'keys of other prefixes are not listed',
      'a page of keys goes on after the last one of the page before',
    ],
  },
  {
    what: 'begins every page of keys with the last one of the page before',
    breaks: 'keys',
    breaking: (sound) => ({
      ...sound,
      keys: async (prefix, after, limit) =>
        (await sound.keys?.(prefix, after.slice(0, -1), limit)) ?? { keys: [], more: false },
    }),
    fails: ['a page of keys goes on after the last one of the page before'],
  },
  {
    what: 'folds the case of keys',
    breaking: (sound) => withKeys(sound, (key) => key.toLowerCase()),
    fails: ['entities do not mix, whatever prefix their keys share'],
  },
]

/** `conformance/` and a UUID: what the suite's keys have in common with those that only begin like them. */
const newKeyChars = 48

describe('storeConformance', () => {
  test.for(broken)('finds out a store that $what', async ({ breaking, fails, breaks }) => {
    const open = async () => ({ store: breaking(memoryStore()) })
    const why = 'not what is broken here'
    const cases = storeConformance({
      open,
      ...(breaks !== 'command ids' && { withoutCommandIds: why }),
      ...(breaks !== 'keys' && { withoutKeys: why }),
    })
    const failed: string[] = []
    for (const { name, skip, run } of cases)
      if (skip === undefined) await run().catch(() => failed.push(name))
    expect(failed).toEqual(fails)
  })

  test('gives the cases a store may be excused from a reason, and no other', async () => {
    const cases = storeConformance({
      open: async () => ({ store: lastSnapshotWins(memoryStore()) }),
      lastSnapshotWins: 'it has no conditional replace',
    })
    const skipped = cases.filter(({ skip }) => skip === 'it has no conditional replace')
    expect(skipped.map(({ name }) => name)).toEqual([
      'an older snapshot never replaces a newer one',
      'a snapshot of an older schema version never replaces a newer one',
      'a snapshot of a newer schema version replaces any older one',
      'of racing snapshots the newest stays',
    ])
    for (const { skip, run } of cases) if (skip === undefined) await run()
  })

  test('closes the store of a case that fails', async () => {
    let open = 0
    const cases = storeConformance({
      open: async () => {
        open += 1
        return { store: overwriting(), close: () => void (open -= 1) }
      },
    })
    await Promise.allSettled(cases.map(({ run }) => run()))
    expect(open).toBe(0)
  })
})

/** A store that lists what `list` makes of its keys in the order of their first commits. */
function withListing(sound: Store, list: (keys: readonly string[]) => readonly string[]): Store {
  const known = new Set<string>()
  return {
    ...sound,
    append(key, revision, record, options) {
      known.add(key)
      return sound.append(key, revision, record, options)
    },
    async keys(prefix, after, limit) {
      const keys = list([...known].filter((key) => key.startsWith(prefix) && key > after))
      return { keys: keys.slice(0, limit), more: keys.length > limit }
    },
  }
}

function overwriting(): Store {
  const sound = memoryStore()
  const records = new Map<string, StoredRecord>()
  const at = (key: string, { revision, record }: StoredCommit) => ({
    revision,
    record: records.get(`${key} ${revision}`) ?? record,
  })
  return {
    ...sound,
    async append(key, revision, record) {
      await sound.append(key, revision, record)
      records.set(`${key} ${revision}`, record)
      return { kind: 'appended' }
    },
    async recover(key, limit) {
      const found = await sound.recover(key, limit)
      return { ...found, commits: found.commits.map((commit) => at(key, commit)) }
    },
    async range(key, fromRevision, limit) {
      const page = await sound.range(key, fromRevision, limit)
      return { ...page, commits: page.commits.map((commit) => at(key, commit)) }
    },
  }
}

function lastSnapshotWins(sound: Store): Store {
  const last = new Map<string, Parameters<Store['saveSnapshot']>[1]>()
  return {
    ...sound,
    async saveSnapshot(key, snapshot) {
      await sound.saveSnapshot(key, snapshot)
      last.set(key, snapshot)
    },
    async recover(key, limit) {
      const found = await sound.recover(key, limit)
      return { ...found, snapshot: last.get(key) }
    },
  }
}

function withKeys(sound: Store, change: (key: string) => string): Store {
  return {
    ...sound,
    append: (key, ...rest) => sound.append(change(key), ...rest),
    recover: (key, limit) => sound.recover(change(key), limit),
    range: (key, ...rest) => sound.range(change(key), ...rest),
    saveSnapshot: (key, snapshot) => sound.saveSnapshot(change(key), snapshot),
  }
}

function byPrefix(sound: Store): Store {
  const keys = new Set<string>()
  return {
    ...sound,
    append(key, ...rest) {
      keys.add(key)
      return sound.append(key, ...rest)
    },
    async range(key, fromRevision, limit) {
      const matching = [...keys].filter((each) => each.startsWith(key))
      const pages = await Promise.all(matching.map((each) => sound.range(each, fromRevision, limit)))
      const commits = pages.flatMap((page) => page.commits).toSorted((a, b) => a.revision - b.revision)
      return { commits: commits.slice(0, limit), more: pages.some((page) => page.more) }
    },
  }
}

function byText(a: StoredCommit, b: StoredCommit): number {
  return String(a.revision) < String(b.revision) ? -1 : 1
}

function textOrderRange(sound: Store): Store['range'] {
  return async (key, fromRevision, limit): Promise<RecordPage> => {
    const { commits } = await sound.range(key, 1, Number.MAX_SAFE_INTEGER)
    const later = commits.filter((commit) => String(commit.revision) >= String(fromRevision)).toSorted(byText)
    return { commits: later.slice(0, limit), more: later.length > limit }
  }
}

function textOrderRecover(sound: Store): Store['recover'] {
  return async (key, limit) => {
    const { snapshot } = await sound.recover(key, 2)
    const { commits } = await sound.range(key, 1, Number.MAX_SAFE_INTEGER)
    const newest = commits.toSorted(byText).toReversed()
    const taken = newest.slice(0, snapshot === undefined ? limit : limit - 1)
    return { snapshot, commits: taken, more: taken.length < newest.length }
  }
}

function upTo(commits: readonly StoredCommit[], bytes: number): readonly StoredCommit[] {
  let sum = 0
  return commits.filter(({ record }) => (sum += JSON.stringify(record).length) <= bytes)
}
