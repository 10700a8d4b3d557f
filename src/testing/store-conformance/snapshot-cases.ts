import type { StoredSnapshot } from '../../journal/store.ts'
import { count, expectEqual, revisionsOf } from './check.ts'
import { appendAll, awkwardRecord, type Check, readAll, record, recordOfBytes } from './probe.ts'

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

  'a snapshot saved again at the same revision replaces the one there': async ({ store, newKey }) => {
    const key = newKey()
    await store.saveSnapshot(key, at(9))
    const mended = { ...at(9), record: { ...at(9).record, s: '{"mended":true}' } }
    await store.saveSnapshot(key, mended)
    expectEqual('snapshot', (await store.recover(key, 4)).snapshot, mended)
  },

  'text and numbers of a snapshot come back unchanged': async ({ store, newKey }) => {
    const key = newKey()
    const snapshot = { ...at(3), record: awkwardRecord(store, key) }
    await store.saveSnapshot(key, snapshot)
    expectEqual('snapshot', (await store.recover(key, 4)).snapshot, snapshot)
  },

  'a snapshot of exactly the largest size is kept': async ({ store, newKey }) => {
    const key = newKey()
    const beside = { sr: 1, sv: 1 }
    const largest = recordOfBytes(store, key, 1, store.limits.maxRecordBytes, beside)
    await store.append(key, 1, record(1))
    await store.saveSnapshot(key, { revision: 1, schemaVersion: 1, record: largest })
    const { snapshot, commits } = await store.recover(key, 4)
    expectEqual('snapshot', snapshot?.record, largest)
    expectEqual('revisions', revisionsOf(commits), [1])
  },

  'snapshots beside the slot are kept apart from it': async ({ store, newKey }) => {
    const key = newKey()
    await appendAll(store, key, 1, 3)
    await store.saveSnapshot(key, at(3, 2))
    await store.saveSnapshot(`${key}//1`, at(2))
    expectEqual('snapshot in the slot', (await store.recover(key, 4)).snapshot, at(3, 2))
    const { snapshot, commits, more } = await store.recover(`${key}//1`, 2)
    expectEqual('snapshot beside it', snapshot, at(2))
    expectEqual('commits beside it', { commits, more }, { commits: [], more: false })
  },

  'truncating, where it is offered, removes the commits and snapshots after a revision': async (probe) => {
    const { store, newKey } = probe
    if (store.truncate === undefined) return
    const [key, other] = [newKey(), newKey()]
    const versions = [1, 2, 10]
    const revisionsBeside = async () => {
      const found = versions.map((version) => store.recover(`${key}//${version}`, 2))
      return (await Promise.all(found)).map(({ snapshot }) => snapshot?.revision)
    }
    for (const each of [key, other]) {
      await appendAll(store, each, 1, 5)
      await store.saveSnapshot(each, at(4, 11))
      for (const version of versions) await store.saveSnapshot(`${each}//${version}`, at(5, version))
    }
    await store.saveSnapshot(`${key}//3`, at(3, 3))
    expectEqual('removed beyond the end', await store.truncate(key, 5), 0)
    expectEqual('snapshots beside the slot', await revisionsBeside(), [5, 5, 5])
    expectEqual('removed', await store.truncate(key, 3), 2)
    expectEqual('revisions', revisionsOf(await readAll(store, key, 10)), [1, 2, 3])
    expectEqual('snapshot', (await store.recover(key, 2)).snapshot, undefined)
    expectEqual('snapshots beside the slot', await revisionsBeside(), [undefined, undefined, undefined])
    expectEqual('snapshot that is not newer', (await store.recover(`${key}//3`, 2)).snapshot, at(3, 3))
    expectEqual('revisions of another key', revisionsOf(await readAll(store, other, 10)), count(1, 5))
    expectEqual('snapshot of another key', (await store.recover(other, 2)).snapshot, at(4, 11))
    expectEqual('append after it', await store.append(key, 4, record(4)), { kind: 'appended' })
    if (store.keys === undefined) return
    await store.truncate(key, 0)
    const { keys } = await store.keys(key.slice(0, -1), '', 1_000)
    expectEqual('listed without commits', keys.includes(key), false)
  },

  'truncating, where it is offered, leaves keys that begin with the key, and those that a pattern takes for it':
    async ({ store, newKey }) => {
      if (store.truncate === undefined) return
      const base = newKey()
      const key = `${base}_%25`
      const others = [`${key}0`, `${key}-1`, `${key}%41`, `${base}X%25`, `${base}_Y25`, base]
      for (const each of [key, ...others]) {
        await appendAll(store, each, 1, 2)
        await store.saveSnapshot(each, at(2, 2))
        await store.saveSnapshot(`${each}//1`, at(2))
      }
      expectEqual('removed', await store.truncate(key, 1), 1)
      for (const other of others) {
        const { snapshot, commits } = await store.recover(other, 4)
        expectEqual(`revisions of ${other}`, revisionsOf(commits), [2, 1])
        expectEqual(`snapshot of ${other}`, snapshot, at(2, 2))
        expectEqual(`snapshot beside it`, (await store.recover(`${other}//1`, 2)).snapshot, at(2))
      }
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
