import { expect, test } from 'vitest'
import { recordText } from '../../../src/journal/record-text.ts'
import { changesAfter } from '../../../src/stores/postgres/feed.ts'
import type { PostgresRow, Query } from '../../../src/stores/postgres/client.ts'

const store = { life: '1', is_ahead: false, is_restored: false, held_back: false, hash_at_cursor: null }

test('a record that is not JSON is a change without a record; the feed goes on behind it', async () => {
  const rows: readonly PostgresRow[] = ['torn', '{"h":"x"}'].map((record, index) => ({
    ...store,
    key: `counter/${index}`,
    revision: '1',
    record,
    hash: 'x',
    xid: '7',
    position: String(index + 1),
    found: '2',
  }))
  const query: Query = async () => rows
  const commitOf = (key: string, row: PostgresRow) => ({
    revision: 1,
    record: recordText(5_000).decode(row['record'], { key, revision: 1 }),
  })
  expect(await changesAfter(query, 'SELECT', undefined, 10, commitOf, undefined)).toEqual({
    changes: [
      { key: 'counter/0', revision: 1 },
      { key: 'counter/1', revision: 1, record: { h: 'x' } },
    ],
    cursor: '1:7:2:x',
    more: false,
  })
})
