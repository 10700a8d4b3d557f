import type { RequestOptions } from '../../core/base/cost.ts'
import { feedLost } from '../../core/base/failures.ts'
import type { ChangePage } from '../../core/journal/journal.ts'
import { feedChange } from '../../journal/feed-change.ts'
import type { StoredCommit } from '../../journal/store.ts'
import type { RunStatements, SqlRow } from './sqlite-client.ts'
import { paged, pageOf } from './sqlite-page.ts'
import { sqliteStatements } from './sqlite-statements.ts'

/**
 * The commits after a cursor, in one request. One writer at a time gives positions, so none becomes visible after a later
 * one. A cursor is `<position>.<hash of the record there>`: a database restored from a backup has another record there or
 * none yet.
 */
export async function sqlChanges(
  run: RunStatements,
  cursor: string | undefined,
  limit: number,
  toCommit: (key: string, row: SqlRow) => StoredCommit,
  request: RequestOptions | undefined,
): Promise<ChangePage> {
  const { position, hash } = parseCursor(cursor)
  const [found, at, last] = await run(
    'read changes',
    [
      { text: changesStatement, values: [position, limit] },
      { text: sqliteStatements.hashAt, values: [position] },
      { text: sqliteStatements.lastPosition, values: [] },
    ],
    request,
  )
  if (position > Number(last?.rows[0]?.['position'] ?? 0))
    throw feedLost('the database was replaced or restored since: it has not come to the place of the cursor')
  const [present] = at?.rows ?? []
  // A commit that was removed has no hash; its position is not used again.
  if (present !== undefined && hashIn(present) !== hash)
    throw feedLost(
      'the database was replaced or restored since: another commit is at the place of the cursor',
    )
  const { rows, more } = pageOf(found?.rows ?? [], limit)
  const changes = rows.map((row) => {
    const key = String(row['key'])
    return feedChange(key, Number(row['revision']), () => toCommit(key, row))
  })
  const newest = rows.at(-1)
  if (newest === undefined) return { changes, cursor: cursor ?? '0.', more }
  return { changes, cursor: `${Number(newest['position'])}.${hashIn(newest)}`, more }
}

/** As in `hashAt`: a record that is not JSON has no hash. */
const hashOfRecord = "CASE WHEN json_valid(record) THEN record ->> '$.h' END"

const changesStatement = paged(
  `SELECT position, key, revision, record, ${hashOfRecord} AS hash FROM commits
    WHERE position > ? ORDER BY position LIMIT 0 + ?`,
  'position',
)

function hashIn({ hash }: SqlRow): string {
  return hash === null ? '' : String(hash as string | number)
}

function parseCursor(cursor: string | undefined): { readonly position: number; readonly hash: string } {
  if (cursor === undefined) return { position: 0, hash: '' }
  const [, digits, hash = ''] = /^(\d+)\.(.*)$/s.exec(cursor) ?? []
  if (digits === undefined) throw feedLost('the cursor is not one of a journal in SQLite')
  return { position: Number(digits), hash }
}
