import type { Change, ChangePage } from '../../core/journal/journal.ts'
import { isTailfoldError } from '../../core/base/errors.ts'
import type { Store } from '../../journal/store.ts'
import { count, expectEqual, expectRejection } from './check.ts'
import { appendAll, awkwardRecord, type Check, record, recordOfBytes } from './probe.ts'

/** Changes of other cases and runs may come between: the keys of this case alone count. */
type Seen = readonly Change[]

/** Cases about the feed of changes. */
export const changesCases: Readonly<Record<string, Check>> = {
  'every append is a change with its record, in the order of its key': async ({ store, newKey }) => {
    const keys = [newKey(), newKey()]
    const { cursor } = await readOn(store, undefined, keys)
    for (const revision of count(1, 7))
      for (const key of keys) await appendAll(store, key, revision, revision)
    const { seen } = await readOn(store, cursor, keys, 3)
    for (const key of keys) {
      expectEqual('revisions in the feed', firstsOf(seen, key), count(1, 7))
      for (const change of seen)
        if (change.key === key && change.record !== undefined)
          expectEqual('a record in the feed', change.record, record(change.revision))
    }
  },

  'a change brings its record as it was written, or none': async ({ store, newKey }) => {
    const key = newKey()
    const { cursor } = await readOn(store, undefined, [key])
    await store.append(key, 1, awkwardRecord(store, key))
    const { seen } = await readOn(store, cursor, [key])
    expectEqual('revisions in the feed', firstsOf(seen, key), [1])
    for (const change of seen)
      if (change.record !== undefined) expectEqual('the record', change.record, awkwardRecord(store, key))
  },

  'a feed begins with what was appended before anybody read it': async ({ store, newKey }) => {
    const key = newKey()
    await appendAll(store, key, 1, 3)
    const { seen } = await readOn(store, undefined, [key])
    expectEqual('revisions in the feed', firstsOf(seen, key), [1, 2, 3])
  },

  'an empty page has a cursor that later appends come after': async ({ store, newKey }) => {
    const key = newKey()
    const before = await readOn(store, undefined, [key])
    const again = await readOn(store, before.cursor, [key])
    expectEqual('changes of nothing', again.seen, [])
    await appendAll(store, key, 1, 1)
    expectEqual('revisions', firstsOf((await readOn(store, again.cursor, [key])).seen, key), [1])
  },

  'a cursor goes on over another connection, where it ended': async (probe) => {
    const other = await probe.another()
    const key = probe.newKey()
    await appendAll(probe.store, key, 1, 2)
    const { cursor } = await readOn(probe.store, undefined, [key])
    await appendAll(probe.store, key, 3, 4)
    expectEqual('revisions', firstsOf((await readOn(other, cursor, [key])).seen, key), [3, 4])
  },

  'a page has at most as many changes as asked for, and says when there are more': async (probe) => {
    const { store, newKey } = probe
    const key = newKey()
    const { cursor } = await readOn(store, undefined, [key])
    await appendAll(store, key, 1, 5)
    const page = await changes(store, cursor, 2)
    if (page.changes.length > 2) throw new Error(`expected at most 2 changes, got ${page.changes.length}`)
    expectEqual('more', page.more, true)
  },

  'an append that is occupied makes no new change': async ({ store, newKey }) => {
    const key = newKey()
    const { cursor } = await readOn(store, undefined, [key])
    await appendAll(store, key, 1, 1)
    await store.append(key, 1, record(1, ' of the second'))
    const { seen } = await readOn(store, cursor, [key])
    for (const change of seen)
      if (change.record !== undefined) expectEqual('the record', change.record, record(1))
    expectEqual('revisions', [...new Set(seen.map(({ revision }) => revision))], [1])
  },

  'no append is passed over while writers race and a reader follows': async (probe) => {
    const stores = [probe.store, await probe.another()] as const
    const keys = Array.from({ length: 6 }, () => probe.newKey())
    let { cursor } = await readOn(probe.store, undefined, keys)
    const seen: Change[] = []
    let writing = true
    const follow = async () => {
      for (let last = false; !last; ) {
        last = !writing
        const next = await readOn(probe.store, cursor, keys, 5)
        seen.push(...next.seen)
        ;({ cursor } = next)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    }
    const write = async () => {
      try {
        await Promise.all(keys.map(async (key, index) => appendAll(stores[index % 2] as Store, key, 1, 12)))
      } finally {
        writing = false
      }
    }
    await Promise.all([follow(), write()])
    for (const key of keys) expectEqual('revisions of a key', firstsOf(seen, key), count(1, 12))
  },

  'what is appended after commits were removed is not passed over': async ({ store, newKey }) => {
    if (store.truncate === undefined) return
    const [key, other] = [newKey(), newKey()]
    await appendAll(store, key, 1, 3)
    const { cursor } = await readOn(store, undefined, [key, other])
    await store.truncate(key, 0)
    await appendAll(store, other, 1, 2)
    await appendAll(store, key, 1, 1)
    const { seen } = await readOn(store, cursor, [key, other])
    expectEqual('revisions of the other key', firstsOf(seen, other), [1, 2])
    expectEqual('revisions of the key', firstsOf(seen, key), [1])
  },

  'a cursor of another database is feed-lost': async (probe) => {
    const [old, fresh] = [probe.store, await probe.anotherDatabase()]
    const key = probe.newKey()
    await appendAll(old, key, 1, 2)
    const { cursor } = await readOn(old, undefined, [key])
    await expectLost(fresh, cursor)
    await appendAll(fresh, key, 1, 4, (revision) => record(revision, ' of another database'))
    await expectLost(fresh, cursor)
  },

  'waiting ends with an append over any connection, and when it is aborted': async (probe) => {
    const { store } = probe
    if (store.waitForChanges === undefined) return
    for (const writer of [store, await probe.another()]) {
      const key = probe.newKey()
      const { cursor } = await readOn(store, undefined, [key])
      const waiting = store.waitForChanges(cursor)
      await appendAll(writer, key, 1, 1)
      await inTime('waiting for an append', waiting)
      await inTime('waiting for what is there', store.waitForChanges(cursor))
    }
    const { cursor } = await readOn(store, undefined, [])
    const controller = new AbortController()
    const waiting = store.waitForChanges(cursor, { signal: controller.signal })
    controller.abort()
    await inTime('waiting that is aborted', waiting)
  },

  'waiting with a signal that was aborted before ends': async ({ store }) => {
    if (store.waitForChanges === undefined) return
    const { cursor } = await readOn(store, undefined, [])
    const signal = AbortSignal.abort()
    await inTime('waiting', store.waitForChanges(cursor, { signal }))
  },

  'changes of 3 MB are read to their end': async ({ store, newKey }) => {
    const key = newKey()
    const bytes = Math.min(200_000, store.limits.maxRecordBytes)
    const last = Math.min(400, Math.ceil(3_000_000 / bytes))
    const { cursor } = await readOn(store, undefined, [key])
    await appendAll(store, key, 1, last, (revision) => recordOfBytes(store, key, revision, bytes))
    expectEqual('revisions', firstsOf((await readOn(store, cursor, [key], 1_000)).seen, key), count(1, last))
  },
}

/** What a wait may take, on a busy server too. */
const longestWaitMs = 5_000

/** Fails a case whose store would wait without end. */
async function inTime(what: string, waiting: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>()
  const why = `${what}: expected it to end within ${longestWaitMs} ms`
  const timer = setTimeout(() => late.reject(new Error(why)), longestWaitMs)
  try {
    await Promise.race([waiting, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

async function changes(store: Store, cursor: string | undefined, limit: number): Promise<ChangePage> {
  const page = await store.changes?.(cursor, limit)
  if (page === undefined) throw new Error('expected the store to have changes')
  return page
}

/** Reads to the end of the feed; what is seen of the given keys. */
async function readOn(
  store: Store,
  from: string | undefined,
  keys: readonly string[],
  limit = 500,
): Promise<{ readonly seen: Seen; readonly cursor: string }> {
  const wanted = new Set(keys)
  const seen: Change[] = []
  for (let cursor = from; ; ) {
    const page = await changes(store, cursor, limit)
    seen.push(...page.changes.filter(({ key }) => wanted.has(key)))
    cursor = page.cursor
    if (!page.more) return { seen, cursor }
  }
}

/** The revisions of a key in the order in which each first came. */
function firstsOf(seen: Seen, key: string): readonly number[] {
  return [...new Set(seen.filter((change) => change.key === key).map(({ revision }) => revision))]
}

async function expectLost(store: Store, cursor: string): Promise<void> {
  const error = await expectRejection('a cursor of another database', async () => store.changes?.(cursor, 10))
  if (!isTailfoldError(error, 'feed-lost')) throw new Error(`expected feed-lost, got ${String(error)}`)
}
