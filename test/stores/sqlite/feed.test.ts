import type { Change, Store } from 'tailfold'
import { sqliteStore } from 'tailfold/sqlite'
import { describe, expect, test } from 'vitest'
import { sqliteFiles } from '../../helpers/sqlite-files.ts'
import { keysOf, raceOfProcesses } from '../../helpers/store-process.ts'
import { rejectionOf } from '../../helpers/thrown.ts'

const { newFile } = sqliteFiles()
const writers = ['one', 'two', 'three', 'four']
const [keys, each] = [10, 150]

/** Follows a feed until the work has ended and everything has been read. */
async function followed(store: Store, work: Promise<unknown>): Promise<readonly Change[]> {
  const seen: Change[] = []
  let ended = false
  const end = work.finally(() => void (ended = true))
  for (let cursor: string | undefined, last = false; !last; ) {
    last = ended
    const page = await store.changes?.(cursor, 100)
    if (page === undefined) throw new Error('The store has no changes.')
    seen.push(...page.changes)
    cursor = page.cursor
    if (page.changes.length > 0) last = false
    else await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await end
  return seen
}

describe('the feed of a file', () => {
  test('that 4 processes write to brings all of 6,000 commits, each once and in order', async () => {
    const file = newFile()
    using store = sqliteStore({ file })
    const tasks = writers.map((name) => ({
      name,
      address: { kind: 'sqlite', file } as const,
      key: `type/${name}`,
      keys,
      wins: each,
    }))
    const seen = await followed(store, raceOfProcesses(tasks))
    for (const key of tasks.flatMap(keysOf)) {
      const revisions = seen.filter((change) => change.key === key).map(({ revision }) => revision)
      expect(revisions).toEqual(Array.from({ length: each }, (_, index) => index + 1))
    }
    expect(seen).toHaveLength(writers.length * keys * each)
  }, 60_000)

  test('that was replaced by one with another commit at the place of the cursor is feed-lost', async () => {
    using store = sqliteStore({ file: newFile() })
    using other = sqliteStore({ file: newFile() })
    for (const revision of [1, 2, 3]) {
      await store.append('type/a', revision, { h: `h${revision}` })
      await other.append('type/a', revision, { h: `other ${revision}` })
    }
    const { cursor } = (await store.changes?.(undefined, 2)) ?? {}
    expect(await store.changes?.(cursor, 2)).toMatchObject({ changes: [{ revision: 3 }] })
    const lost = await rejectionOf(Promise.resolve(other.changes?.(cursor, 2)))
    expect(lost).toMatchObject({ code: 'feed-lost' })
  })

  test('is at rest after appends that wrote nothing, and after a repair of the newest commits', async () => {
    using store = sqliteStore({ file: newFile() })
    for (const revision of [1, 2]) await store.append('type/a', revision, { h: `h${revision}` })
    const { cursor = '' } = (await store.changes?.(undefined, 10)) ?? {}
    const isAtRest = async () => {
      const controller = new AbortController()
      const waiting = store.waitForChanges?.(cursor, { signal: controller.signal }).then(() => 'changes')
      const found = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 30, 'rest'))])
      controller.abort()
      return found
    }
    expect(await isAtRest()).toBe('rest')
    expect(await store.append('type/a', 2, { h: 'other' })).toMatchObject({ kind: 'occupied' })
    expect(await isAtRest()).toBe('rest')
    expect(await store.append('type/a', 3, { h: 'h3' }, { previousHash: 'other' })).toEqual({
      kind: 'behind',
    })
    expect(await isAtRest()).toBe('rest')
    await store.append('type/a', 3, { h: 'h3' })
    await store.truncate?.('type/a', 2)
    expect(await isAtRest()).toBe('rest')
    await store.append('type/a', 3, { h: 'h3' })
    expect(await isAtRest()).toBe('changes')
  })

  test('does not let a reader wait at a cursor that reading refuses', async () => {
    using store = sqliteStore({ file: newFile() })
    await store.append('type/a', 1, { h: 'h1' })
    for (const cursor of ['9.h9', 'no cursor']) {
      await store.waitForChanges?.(cursor)
      expect(await rejectionOf(Promise.resolve(store.changes?.(cursor, 1)))).toMatchObject({
        code: 'feed-lost',
      })
    }
  })
})
