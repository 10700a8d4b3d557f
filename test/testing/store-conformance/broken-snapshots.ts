import type { Store, StoredRecord, StoredSnapshot } from 'tailfold'
import { always, type BrokenStore, withFields } from './broken-store.ts'

const truncation =
  'truncating, where it is offered, leaves keys that begin with the key, and those that a pattern takes for it'
const unchanged = 'text and numbers of a snapshot come back unchanged'

/** Stores that are wrong about snapshots. */
export const brokenSnapshots: readonly BrokenStore[] = [
  {
    what: 'keeps whatever snapshot came last',
    breaking: lastSnapshotWins,
    fails: [
      'an older snapshot never replaces a newer one',
      'a snapshot of an older schema version never replaces a newer one',
      'of racing snapshots the newest stays',
    ],
  },
  {
    what: 'compares only the revisions of snapshots',
    breaking: always((sound) => ({
      ...sound,
      async saveSnapshot(key, snapshot, request) {
        const present = (await sound.recover(key, 2)).snapshot
        if (present !== undefined && present.revision > snapshot.revision) return
        await sound.saveSnapshot(key, { ...snapshot, schemaVersion: 1 }, request)
      },
    })),
    fails: [
      'a snapshot of an older schema version never replaces a newer one',
      'a snapshot of a newer schema version replaces any older one',
    ],
  },
  {
    what: 'keeps the snapshot there when another of the same revision comes',
    breaking: always((sound) => ({
      ...sound,
      async saveSnapshot(key, snapshot, request) {
        const present = (await sound.recover(key, 2)).snapshot
        const isSame =
          present?.revision === snapshot.revision && present.schemaVersion === snapshot.schemaVersion
        if (!isSame) await sound.saveSnapshot(key, snapshot, request)
      },
    })),
    fails: ['a snapshot saved again at the same revision replaces the one there'],
  },
  {
    what: 'cuts snapshots at 100 KB',
    breaking: always((sound) => ({
      ...sound,
      saveSnapshot: (key, snapshot, request) =>
        sound.saveSnapshot(key, withState(snapshot, String(snapshot.record['s']).slice(0, 100_000)), request),
    })),
    fails: ['a snapshot of exactly the largest size is kept'],
  },
  {
    what: 'reports no cost of a snapshot',
    breaking: always((sound) => ({
      ...sound,
      saveSnapshot: (key, snapshot) => sound.saveSnapshot(key, snapshot),
    })),
    fails: ['every request reports its cost, and a recovery is one request'],
  },
  {
    what: 'takes what follows // for a part of the key that does not count',
    breaking: always((sound) => ({
      ...sound,
      saveSnapshot: (key, ...rest) => sound.saveSnapshot(key.split('//')[0] ?? key, ...rest),
      recover: (key, ...rest) => sound.recover(key.split('//')[0] ?? key, ...rest),
    })),
    fails: ['snapshots beside the slot are kept apart from it'],
  },
  {
    what: 'drops the empty fields of a snapshot',
    breaking: withRecords((record) =>
      Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '')),
    ),
    fails: [unchanged],
  },
  {
    what: 'strips U+0000 from a snapshot',
    breaking: withRecords((record) =>
      withFields(record, (value) => (typeof value === 'string' ? value.replaceAll('\u0000', '') : value)),
    ),
    fails: [unchanged],
  },
  {
    what: 'keeps the numbers of a snapshot as 32 bit floats',
    breaking: withRecords((record) =>
      withFields(record, (value) => (typeof value === 'number' ? floatBelow(value) : value)),
    ),
    fails: [unchanged],
  },
  {
    what: 'truncates all snapshots of older schema versions',
    breaking() {
      const removed = new Set<string>()
      return (sound) => ({
        ...sound,
        async truncate(key, ...rest) {
          if (((await sound.truncate?.(key, ...rest)) ?? 0) === 0) return 0
          removed.add(key)
          return 2
        },
        async recover(key, ...rest) {
          const found = await sound.recover(key, ...rest)
          const [of = '', version] = key.split('//')
          return version !== undefined && removed.has(of) ? { ...found, snapshot: undefined } : found
        },
      })
    },
    fails: ['truncating, where it is offered, removes the commits and snapshots after a revision'],
  },
  {
    what: 'truncates the snapshots of schema version 1 alone',
    breaking: always((sound) => ({
      ...sound,
      async truncate(key, lastRevision) {
        const { snapshot } = await sound.recover(`${key}//2`, 2)
        const removed = (await sound.truncate?.(key, lastRevision)) ?? 0
        if (snapshot !== undefined) await sound.saveSnapshot(`${key}//2`, snapshot)
        return removed
      },
    })),
    fails: ['truncating, where it is offered, removes the commits and snapshots after a revision'],
  },
  {
    what: 'truncates every key that begins with the key',
    breaking: () => withTruncation((key, other) => other.startsWith(key)),
    fails: [truncation],
  },
  {
    what: 'truncates every key that the key matches as a pattern of SQL',
    breaking: () =>
      withTruncation((key, other) =>
        new RegExp(`^${key.replaceAll(/[-./]/g, '\\$&').replaceAll('%', '.*').replaceAll('_', '.')}$`).test(
          other,
        ),
      ),
    fails: [truncation],
  },
  {
    what: 'truncates commits and leaves their snapshots',
    breaking: always((sound) => ({
      ...sound,
      async truncate(key, lastRevision) {
        const { snapshot } = await sound.recover(key, 2)
        const removed = (await sound.truncate?.(key, lastRevision)) ?? 0
        if (snapshot !== undefined) await sound.saveSnapshot(key, snapshot)
        return removed
      },
    })),
    fails: ['truncating, where it is offered, removes the commits and snapshots after a revision'],
  },
]

/** Truncates other keys as well. */
function withTruncation(isTaken: (key: string, other: string) => boolean): (sound: Store) => Store {
  const keys = new Set<string>()
  return (sound) => ({
    ...sound,
    async append(key, ...rest) {
      keys.add(key)
      return sound.append(key, ...rest)
    },
    async truncate(key, ...rest) {
      for (const other of keys)
        if (other !== key && isTaken(key, other)) await sound.truncate?.(other, ...rest)
      return (await sound.truncate?.(key, ...rest)) ?? 0
    },
  })
}

/** A sound store for a database that cannot compare and replace: the last snapshot stays, whatever it is. */
export function lastSnapshotWins(): (sound: Store) => Store {
  const last = new Map<string, StoredSnapshot>()
  return (sound) => ({
    ...sound,
    async saveSnapshot(key, snapshot, request) {
      await sound.saveSnapshot(key, snapshot, request)
      last.set(key, snapshot)
    },
    async recover(key, limit, request) {
      const found = await sound.recover(key, limit, request)
      return { ...found, snapshot: found.snapshot && last.get(key) }
    },
  })
}

/** A store that changes the records of snapshots. */
function withRecords(change: (record: StoredRecord) => StoredRecord): BrokenStore['breaking'] {
  return always((sound) => ({
    ...sound,
    saveSnapshot: (key, snapshot, request) =>
      sound.saveSnapshot(key, { ...snapshot, record: change(snapshot.record) }, request),
  }))
}

/** A safe integer as a 32 bit float near it. */
function floatBelow(value: number): number {
  return Math.fround(value - Math.sign(value) * (Math.abs(value) % 2 ** 30))
}

function withState(snapshot: StoredSnapshot, s: string): StoredSnapshot {
  const { s: state, ...record } = snapshot.record
  return state === undefined ? snapshot : { ...snapshot, record: { ...record, s } }
}
