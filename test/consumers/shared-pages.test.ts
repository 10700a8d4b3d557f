import type { ChangePage } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { sharedPages } from '../../src/consumers/shared-pages.ts'

const full: ChangePage = { changes: [{ key: 'type/a', revision: 2 }], cursor: 'two', more: false }
const empty: ChangePage = { changes: [], cursor: 'one', more: false }

/** A feed that answers with what it is given, in turns, and notes the cursors that it was asked for. */
function feedOf(answers: ReadonlyArray<ChangePage | Error>) {
  const asked: (string | undefined)[] = []
  let time = 0
  const changes = async (cursor: string | undefined) => {
    const answer = answers[asked.push(cursor) - 1]
    if (answer instanceof Error || answer === undefined) throw answer ?? new Error('Asked too often.')
    return answer
  }
  const feed = sharedPages({ changes }, () => time)
  return { feed, asked, pass: (ms: number) => void (time += ms) }
}

describe('sharedPages', () => {
  test('reads a page once for all who ask at the same place', async () => {
    const { feed, asked } = feedOf([full])
    const pages = await Promise.all([feed.changes('one', 500), feed.changes('one', 500)])
    expect([...pages, await feed.changes('one', 500)]).toEqual([full, full, full])
    expect(asked).toEqual(['one'])
  })

  test('reads it again after a while, at another place, for another limit, and from the beginning', async () => {
    const { feed, asked, pass } = feedOf(Array.from({ length: 6 }, () => full))
    await feed.changes('one', 500)
    pass(50)
    await feed.changes('one', 500)
    await feed.changes('one', 100)
    await feed.changes('two', 100)
    await feed.changes(undefined, 100)
    await feed.changes(undefined, 100)
    expect(asked).toEqual(['one', 'one', 'one', 'two', undefined, undefined])
  })

  test('reads an empty page again, and one that failed', async () => {
    const { feed, asked } = feedOf([empty, new Error('by the test'), full])
    expect(await feed.changes('one', 500)).toEqual(empty)
    await expect(feed.changes('one', 500)).rejects.toThrow('by the test')
    expect(await feed.changes('one', 500)).toEqual(full)
    expect(asked).toHaveLength(3)
  })

  test('waits for changes where the feed does', async () => {
    const waited: string[] = []
    const waitForChanges = async (cursor: string) => void waited.push(cursor)
    const feed = sharedPages({ changes: async () => full, waitForChanges }, () => 0)
    await feed.waitForChanges?.('two')
    expect(waited).toEqual(['two'])
    expect(feedOf([]).feed).not.toHaveProperty('waitForChanges')
  })
})
