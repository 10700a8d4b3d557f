import { count, expectEqual, revisionsOf } from './check.ts'
import { appendAll, type Check, readAll, record, recordOfBytes } from './probe.ts'

/** Where records are small, fewer bytes than 12 MB must do. */
const mostLargeRecords = 400

/** Cases about order, pages and the separation of entities. */
export const readCases: Readonly<Record<string, Check>> = {
  'verify, where it is offered, takes the database and leaves it as it was': async ({ store, newKey }) => {
    const key = newKey()
    await appendAll(store, key, 1, 2)
    const before = await store.recover(key, 4)
    await store.verify?.()
    expectEqual('what is there', await store.recover(key, 4), before)
  },

  'a key without commits has nothing': async ({ store, newKey }) => {
    const key = newKey()
    expectEqual('recover', await store.recover(key, 4), { commits: [], more: false })
    expectEqual('range', await store.range(key, 1, 10), { commits: [], more: false })
  },

  'commits stand in the order of their numbers across 9, 99 and 999': async ({ store, newKey }) => {
    const key = newKey()
    await appendAll(store, key, 1, 1_002)
    expectEqual('revisions by range', revisionsOf(await readAll(store, key, 2_000)), count(1, 1_002))
    for (const edge of [9, 99, 999]) {
      const { commits } = await store.range(key, edge, 3)
      expectEqual(`range from revision ${edge}`, revisionsOf(commits), count(edge, edge + 2))
    }
    const { commits } = await store.recover(key, 4)
    expectEqual('newest revisions', revisionsOf(commits), count(1_002, 999))
  },

  'the newest commits are found on both sides of 9, newest first': async ({ store, newKey }) => {
    const key = newKey()
    for (let head = 1; head <= 12; head++) {
      await store.append(key, head, record(head))
      const { commits, more } = await store.recover(key, 4)
      expectEqual(`recover at revision ${head}`, revisionsOf(commits), count(head, Math.max(1, head - 3)))
      if (head > 4) expectEqual(`more at revision ${head}`, more, true)
      if (head < 4) expectEqual(`more at revision ${head}`, more, false)
    }
  },

  'pages of any size skip nothing and repeat nothing': async ({ store, newKey }) => {
    const key = newKey()
    await appendAll(store, key, 1, 23)
    for (const limit of [1, 2, 7, 23, 100]) {
      const commits = await readAll(store, key, limit)
      expectEqual(`revisions in pages of ${limit}`, revisionsOf(commits), count(1, 23))
      expectEqual(
        `records in pages of ${limit}`,
        commits.map((commit) => commit.record),
        count(1, 23).map((n) => record(n)),
      )
    }
    expectEqual('range beyond the end', await store.range(key, 24, 10), { commits: [], more: false })
  },

  'an entity of 12 MB is read to its end, and a recovery that leaves commits out says so': async (probe) => {
    const { store, newKey } = probe
    const key = newKey()
    const bytes = Math.min(200_000, store.limits.maxRecordBytes)
    const last = Math.min(mostLargeRecords, Math.ceil(12_000_000 / bytes))
    const large = (revision: number) => recordOfBytes(store, key, revision, bytes)
    await appendAll(store, key, 1, last, large)
    const commits = await readAll(store, key, 1_000)
    expectEqual('revisions', revisionsOf(commits), count(1, last))
    expectEqual('the last record', commits.at(-1)?.record, large(last))
    for (const limit of [2, last]) {
      const recovered = await store.recover(key, limit)
      const found = recovered.commits.length
      if (found < 1 || found > limit) throw new Error(`recover of ${limit}: got ${found} commits`)
      expectEqual('newest revisions', revisionsOf(recovered.commits), count(last, last - found + 1))
      if (found < last) expectEqual(`more than ${found} of ${last} commits`, recovered.more, true)
    }
  },

  'entities do not mix, whatever prefix their keys share': async ({ store, newKey }) => {
    const key = newKey()
    const keys = [
      key,
      `${key}0`,
      `${key}%`,
      `${key}%2F`,
      `${key}%2F1`,
      `${key}/`,
      `${key}~`,
      `${key}.`,
      `${key}_`,
      key.toUpperCase(),
    ]
    for (const [index, each] of keys.entries()) {
      await appendAll(store, each, 1, index + 1, (revision) => record(revision, ` of ${index}`))
      const snapshot = { revision: index + 1, schemaVersion: 1, record: record(index + 1, ` of ${index}`) }
      await store.saveSnapshot(each, snapshot)
    }
    for (const [index, each] of keys.entries()) {
      const expected = count(1, index + 1).map((revision) => ({
        revision,
        record: record(revision, ` of ${index}`),
      }))
      expectEqual(`commits of ${each}`, await readAll(store, each, 100), expected)
      const { snapshot, commits } = await store.recover(each, 100)
      expectEqual(`newest commits of ${each}`, commits.toReversed(), expected)
      expectEqual(`snapshot of ${each}`, snapshot?.record, record(index + 1, ` of ${index}`))
    }
  },
}
