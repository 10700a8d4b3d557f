import type { StoredSnapshot } from '../../journal/store.ts'
import { count, expectEqual, revisionsOf } from './check.ts'
import { appendAll, type Check, readAll, record } from './probe.ts'

/** Cases about the snapshot slot that hold for every store. */
export const snapshotCases: Readonly<Record<string, Check>> = {
  'recover gives the snapshot and the newest commits in one call': async ({ store, newKey }) => {
    const key = newKey()
    await appendAll(store, key, 1, 12)
    await store.saveSnapshot(key, at(10))
    for (const limit of [2, 4]) {
      const { snapshot, commits, more } = await store.recover(key, limit)
      expectEqual(`snapshot of ${limit} records`, snapshot, at(10))
      // A store that reads the snapshot by itself may bring as many commits as were asked for.
      const length = commits.length === limit ? limit : limit - 1
      expectEqual(`newest of ${limit} records`, revisionsOf(commits), count(12, 13 - length))
      expectEqual(`more than ${limit} records`, more, true)
    }
  },

  'recover says that nothing is left when everything fits': async ({ store, newKey }) => {
    const key = newKey()
    await appendAll(store, key, 1, 3)
    await store.saveSnapshot(key, at(2))
    const { snapshot, commits, more } = await store.recover(key, 10)
    expectEqual('snapshot', snapshot, at(2))
    expectEqual('revisions', revisionsOf(commits), [3, 2, 1])
    expectEqual('more', more, false)
  },

  'a snapshot is no commit': async ({ store, newKey }) => {
    const key = newKey()
    await appendAll(store, key, 1, 5)
    await store.saveSnapshot(key, at(5))
    expectEqual('revisions by range', revisionsOf(await readAll(store, key, 3)), count(1, 5))
    expectEqual('append of the next revision', await store.append(key, 6, record(6)), { kind: 'appended' })
  },

  'a newer snapshot replaces an older one': async ({ store, newKey }) => {
    const key = newKey()
    await store.saveSnapshot(key, at(9))
    await store.saveSnapshot(key, at(10))
    expectEqual('snapshot', (await store.recover(key, 4)).snapshot, at(10))
  },

  'a snapshot ahead of the commits is returned as it is': async ({ store, newKey }) => {
    const key = newKey()
    await appendAll(store, key, 1, 2)
    await store.saveSnapshot(key, at(7))
    const { snapshot, commits } = await store.recover(key, 4)
    expectEqual('snapshot', snapshot, at(7))
    expectEqual('revisions', revisionsOf(commits), [2, 1])
  },
}

/** Cases for stores that compare before they replace, in one statement. */
export const snapshotOrderCases: Readonly<Record<string, Check>> = {
  'an older snapshot never replaces a newer one': async ({ store, newKey }) => {
    const key = newKey()
    await store.saveSnapshot(key, at(10))
    await store.saveSnapshot(key, at(9))
    expectEqual('snapshot', (await store.recover(key, 4)).snapshot, at(10))
  },

  'a snapshot of an older schema version never replaces a newer one': async ({ store, newKey }) => {
    const key = newKey()
    await store.saveSnapshot(key, at(3, 10))
    await store.saveSnapshot(key, at(5, 9))
    expectEqual('snapshot', (await store.recover(key, 4)).snapshot, at(3, 10))
  },

  'a snapshot of a newer schema version replaces any older one': async ({ store, newKey }) => {
    const key = newKey()
    await store.saveSnapshot(key, at(100, 9))
    await store.saveSnapshot(key, at(3, 10))
    expectEqual('snapshot', (await store.recover(key, 4)).snapshot, at(3, 10))
  },

  'of racing snapshots the newest stays': async ({ store, newKey }) => {
    const key = newKey()
    await Promise.all([7, 12, 3, 9, 11, 1].map((revision) => store.saveSnapshot(key, at(revision))))
    expectEqual('snapshot', (await store.recover(key, 4)).snapshot, at(12))
  },
}

function at(revision: number, schemaVersion = 1): StoredSnapshot {
  return { revision, schemaVersion, record: { v: 1, n: revision, s: `{"at":${revision}}` } }
}
