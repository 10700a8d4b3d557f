import type { RecordPage, Store, StoredCommit, StoredRecord } from 'tailfold'
import { always, type BrokenStore, in32Bits, pause, upTo, withKeys } from './broken-store.ts'

const belowTheNewest =
  'an append below the newest is occupied, whatever hash it names, and is given the record there or none'

/** Stores that are wrong about commits. */
export const brokenCommits: readonly BrokenStore[] = [
  {
    what: 'lets a second writer overwrite a commit',
    breaking: overwriting,
    fails: [
      'of 16 racing appends exactly one wins',
      'an append to a taken revision changes nothing',
      'a journal tells the loser of a revision who won it',
    ],
  },
  {
    what: 'gives the loser its own record back',
    breaking: always((sound) => ({
      ...sound,
      async append(key, revision, record, request) {
        const result = await sound.append(key, revision, record, request)
        return result.kind === 'occupied' ? { kind: 'occupied', record } : result
      },
    })),
    fails: [
      'of 16 racing appends exactly one wins',
      'large, empty and non-ASCII text and large integers come back unchanged',
      'a journal tells the loser of a revision who won it',
    ],
  },
  {
    what: 'gives the loser the newest record',
    breaking: always((sound) => ({
      ...sound,
      async append(key, ...args) {
        const result = await sound.append(key, ...args)
        if (result.kind !== 'occupied') return result
        return { kind: 'occupied', record: (await sound.recover(key, 2)).commits[0]?.record }
      },
    })),
    fails: [belowTheNewest],
  },
  {
    what: 'compares hashes before it looks whether the revision is taken',
    breaking: always((sound) => ({
      ...sound,
      async append(key, revision, record, request = {}) {
        const { previousHash } = request
        const [before] = (await sound.range(key, revision - 1, 1)).commits
        const fits = previousHash === undefined || revision === 1 || before?.record['h'] === previousHash
        return fits ? sound.append(key, revision, record, request) : { kind: 'behind' }
      },
    })),
    fails: [belowTheNewest],
  },
  {
    what: 'compares no hash of an append with command ids',
    breaking: always((sound) => ({
      ...sound,
      append: (key, revision, record, { previousHash, ...request } = {}) =>
        sound.append(key, revision, record, request.ids ? request : { ...request, previousHash }),
    })),
    fails: ['an append with command ids that names another hash is behind too, and records none'],
  },
  {
    what: 'reads numbers of a range as 32 bits',
    breaking: always((sound) => ({
      ...sound,
      async range(...args) {
        const { commits, more } = await sound.range(...args)
        return { commits: commits.map((commit) => ({ ...commit, record: in32Bits(commit.record) })), more }
      },
    })),
    fails: ['large, empty and non-ASCII text and large integers come back unchanged'],
  },
  {
    what: 'changes something when it is verified',
    breaking() {
      let verified = false
      return (sound) => ({
        ...sound,
        verify: async () => void (verified = true),
        recover: async (...args) => {
          const found = await sound.recover(...args)
          return verified ? { ...found, commits: found.commits.slice(1) } : found
        },
      })
    },
    fails: ['verify, where it is offered, takes the database and leaves it as it was'],
  },
  {
    what: 'checks and then writes, under a lock of its connection',
    breaking: checkThenWrite,
    fails: ['of 16 racing appends over two connections exactly one wins'],
  },
  {
    what: 'shows other connections what was there 200 ms ago',
    breaking: stale,
    fails: [
      'every acknowledged append is seen by the next read of another connection',
      'a command id is found by another connection at once',
    ],
  },
  {
    what: 'sorts revisions as text',
    breaking: always((sound) => ({
      ...sound,
      range: textOrderRange(sound),
      recover: textOrderRecover(sound),
    })),
    fails: [
      'every acknowledged append is seen by the next read',
      'commits stand in the order of their numbers across 9, 99 and 999',
      'pages of any size skip nothing and repeat nothing',
    ],
  },
  {
    what: 'sorts only the newest commits as text',
    breaking: always((sound) => ({ ...sound, recover: textOrderRecover(sound) })),
    fails: [
      'the newest commits are found on both sides of 9, newest first',
      'a journal recovers what it appended, in order and with its state',
    ],
  },
  {
    what: 'skips a commit between two pages',
    breaking: always((sound) => ({
      ...sound,
      async range(key, fromRevision, limit, request) {
        const page = await sound.range(key, fromRevision, limit, request)
        const skips = fromRevision > 1 && page.commits.length > 1
        return skips ? { ...page, commits: page.commits.slice(1) } : page
      },
    })),
    fails: [
      'pages of any size skip nothing and repeat nothing',
      'a journal whose states do not ride along recovers from snapshot and tail',
    ],
  },
  {
    what: 'ends a page at 4 MB and does not say that there is more',
    breaking: always((sound) => ({
      ...sound,
      async range(key, fromRevision, limit, request) {
        const { commits } = await sound.range(key, fromRevision, limit, request)
        const fits = upTo(commits, 4_000_000)
        return { commits: fits, more: fits.length === limit }
      },
    })),
    fails: ['an entity of 12 MB is read to its end, and a recovery that leaves commits out says so'],
  },
  {
    what: 'ends a recovery at 2 MB and does not say that there is more',
    breaking: always((sound) => ({
      ...sound,
      async recover(key, limit, request) {
        const { snapshot, commits } = await sound.recover(key, limit, request)
        const fits = upTo(commits, 2_000_000)
        return { snapshot, commits: fits, more: fits.length === limit }
      },
    })),
    fails: ['an entity of 12 MB is read to its end, and a recovery that leaves commits out says so'],
  },
  {
    what: 'recovers in two requests',
    breaking: always((sound) => ({
      ...sound,
      async recover(key, limit, request) {
        const { snapshot } = await sound.recover(key, 2, request)
        return { ...(await sound.recover(key, limit, request)), snapshot }
      },
    })),
    fails: ['every request reports its cost, and a recovery is one request'],
  },
  {
    what: 'recovers from a copy that lags behind',
    breaking: always((sound) => ({
      ...sound,
      async recover(key, limit, request) {
        const found = await sound.recover(key, limit, request)
        return { ...found, commits: found.commits.slice(1) }
      },
    })),
    fails: [
      'an appended record is read back as it was written',
      'every acknowledged append is seen by the next read',
      'a journal recovers what it appended, in order and with its state',
    ],
  },
  {
    what: 'truncates what is too large',
    breaking: always((sound) => ({
      ...sound,
      async append(key, revision, record, request) {
        const surplus = sound.recordBytes(key, revision, record) - sound.limits.maxRecordBytes
        const cut = { ...record, s: String(record['s']).slice(0, -surplus) }
        return sound.append(key, revision, surplus > 0 ? cut : record, request)
      },
    })),
    fails: ['a record one byte too large is refused and leaves nothing'],
  },
  {
    what: 'stores a number that JSON does not have as null',
    breaking: always((sound) => ({
      ...sound,
      append: (key, revision, record, request) => sound.append(key, revision, finite(record), request),
      saveSnapshot: (key, snapshot, request) =>
        sound.saveSnapshot(key, { ...snapshot, record: finite(snapshot.record) }, request),
    })),
    fails: ['a number that is not a safe integer is refused and leaves nothing'],
  },
  {
    what: 'writes although the record before is another',
    breaking: always((sound) => ({
      ...sound,
      append: (key, revision, record, request) =>
        sound.append(key, revision, record, { ...request, previousHash: undefined }),
    })),
    fails: ['an append that names another hash than that of the record before it is behind'],
  },
  {
    what: 'says behind of an append that was applied and is sent again',
    breaking: always((sound) => ({
      ...sound,
      async append(key, revision, record, request = {}) {
        const result = await sound.append(key, revision, record, request)
        const isBehind = result.kind === 'occupied' && request.previousHash !== undefined
        return isBehind ? { kind: 'behind' } : result
      },
    })),
    fails: ['an append that names the hash of the record before it is never behind'],
  },
  {
    what: 'reports no cost of a conflict',
    breaking: always((sound) => ({
      ...sound,
      async append(key, revision, record, { meter, ...request } = {}) {
        const result = await sound.append(key, revision, record, request)
        if (result.kind === 'appended') meter?.({ requests: 1, readUnits: 0, writeUnits: 1 })
        return result
      },
    })),
    fails: ['every request reports its cost, and a recovery is one request'],
  },
  {
    what: 'cuts keys short',
    breaking: always((sound) => withKeys(sound, (key) => key.slice(0, newKeyChars))),
    fails: ['entities do not mix, whatever prefix their keys share'],
  },
  {
    what: 'cuts keys at 1,024 characters',
    breaking: always((sound) => withKeys(sound, (key) => key.slice(0, 1_024))),
    fails: ['the longest keys are taken, and are equal only if every character is'],
  },
  {
    what: 'folds the case of keys',
    breaking: always((sound) => withKeys(sound, (key) => key.toLowerCase())),
    fails: [
      'entities do not mix, whatever prefix their keys share',
      'the longest keys are taken, and are equal only if every character is',
    ],
  },
  {
    what: 'finds the commits of every key with the prefix asked for',
    breaking: byPrefix,
    fails: ['entities do not mix, whatever prefix their keys share'],
  },
]

/** `conformance/` and a UUID: what the suite's keys have in common with those that only begin like them. */
const newKeyChars = 48

function finite(record: StoredRecord): StoredRecord {
  const fields = Object.entries(record).map(([name, value]) => [
    name,
    typeof value === 'number' && !Number.isSafeInteger(value) ? 'null' : value,
  ])
  return Object.fromEntries(fields) as StoredRecord
}

function overwriting(): (sound: Store) => Store {
  const records = new Map<string, StoredRecord>()
  const at = (key: string, { revision, record }: StoredCommit) => ({
    revision,
    record: records.get(`${key} ${revision}`) ?? record,
  })
  return (sound) => ({
    ...sound,
    async append(key, revision, record, request) {
      await sound.append(key, revision, record, request)
      records.set(`${key} ${revision}`, record)
      return { kind: 'appended' }
    },
    async recover(key, limit, request) {
      const found = await sound.recover(key, limit, request)
      return { ...found, commits: found.commits.map((commit) => at(key, commit)) }
    },
    async range(key, fromRevision, limit, request) {
      const page = await sound.range(key, fromRevision, limit, request)
      return { ...page, commits: page.commits.map((commit) => at(key, commit)) }
    },
  })
}

function checkThenWrite(): (sound: Store) => Store {
  const written = new Map<string, StoredRecord>()
  return (sound) => {
    let lock: Promise<unknown> = Promise.resolve()
    const append = async (key: string, revision: number, record: StoredRecord) => {
      const place = `${key} ${revision}`
      const present = written.get(place)
      if (present !== undefined) return { kind: 'occupied' as const, record: present }
      await pause()
      written.set(place, record)
      await sound.append(key, revision, record)
      return { kind: 'appended' as const }
    }
    return {
      ...sound,
      append(key, revision, record) {
        const result = lock.then(() => append(key, revision, record))
        lock = result
        return result
      },
    }
  }
}

/** Each connection sees its own writes, and those of others 200 ms later. */
function stale(): (sound: Store) => Store {
  const writtenAt = new Map<string, { readonly at: number; readonly by: object }>()
  return (sound) => {
    const me = {}
    const isSeen = (place: string) => {
      const write = writtenAt.get(place)
      return write === undefined || write.by === me || Date.now() - write.at >= 200
    }
    return {
      ...sound,
      async append(key, revision, record, request) {
        writtenAt.set(`${key} ${revision}`, { at: Date.now(), by: me })
        return sound.append(key, revision, record, request)
      },
      async recover(key, limit, request) {
        const found = await sound.recover(key, limit, request)
        return { ...found, commits: found.commits.filter(({ revision }) => isSeen(`${key} ${revision}`)) }
      },
      async range(key, fromRevision, limit, request) {
        const page = await sound.range(key, fromRevision, limit, request)
        return { ...page, commits: page.commits.filter(({ revision }) => isSeen(`${key} ${revision}`)) }
      },
      async findCommandId(key, commandId, request) {
        const revision = await sound.findCommandId?.(key, commandId, request)
        return revision !== undefined && isSeen(`${key} ${revision}`) ? revision : undefined
      },
    }
  }
}

function byPrefix(): (sound: Store) => Store {
  const keys = new Set<string>()
  return (sound) => ({
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
  })
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
