import type { RequestOptions } from '../../core/base/cost.ts'
import { feedLost, storeFailure } from '../../core/base/failures.ts'
import type { ChangePage } from '../../core/journal/journal.ts'
import { feedChange } from '../../journal/feed-change.ts'
import type { StoredCommit } from '../../journal/store.ts'
import type { PostgresRow, Query } from './client.ts'

/** The place of a commit in the feed, and what it says of the database it is from. */
interface Place {
  /** Server, timeline, database and table: another one after a restore, a failover that lost commits, or a new table. */
  readonly life: string
  readonly xid: string
  readonly position: string
  /** Hash of the commit there; empty where none was read yet. */
  readonly hash: string
}

/** While an older transaction runs, what was committed after it began is not in the feed yet: ask again after this time. */
const heldBackPauseMs = 10

/**
 * Reads what was appended after a cursor. Transactions become visible in another order than they began; so a page ends
 * before the oldest one that still runs, and says `more` while that holds commits back.
 */
export async function changesAfter(
  query: Query,
  statement: string,
  cursor: string | undefined,
  limit: number,
  commitOf: (key: string, row: PostgresRow) => StoredCommit,
  request: RequestOptions | undefined,
): Promise<ChangePage> {
  const from = placeOf(cursor)
  const values = [from?.xid ?? '0', from?.position ?? '0', limit]
  const rows = await query('read changes', statement, values, request)
  const [store = {}] = rows
  checkLife(from, store)
  const found = rows.filter((row) => row['key'] !== null)
  const changes = found.map((row) => {
    const key = String(row['key'])
    return feedChange(key, Number(row['revision']), () => commitOf(key, row))
  })
  const last = found.at(-1)
  const next =
    last === undefined
      ? { xid: '0', position: '0', hash: '', ...from, life: String(store['life']) }
      : {
          life: String(store['life']),
          xid: String(last['xid']),
          position: String(last['position']),
          hash: String(last['hash']),
        }
  const isHeldBack = store['held_back'] === true
  if (last === undefined && isHeldBack) await new Promise((done) => setTimeout(done, heldBackPauseMs))
  const isCut = Number(store['found'] ?? 0) > found.length
  return {
    changes,
    cursor: `${next.life}:${next.xid}:${next.position}:${next.hash}`,
    more: isCut || isHeldBack,
  }
}

/** The statement of {@link changesAfter}: at least one row, which says of the database what a cursor is checked against. */
export function changesSql(schema: string, pageBytes: number): string {
  return `
    SELECT store.*, page.* FROM (
      SELECT (SELECT system_identifier FROM pg_control_system())
          || '.' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)
          || '.' || (SELECT oid FROM pg_database WHERE datname = current_database())
          || '.' || '${schema}.commits'::regclass::oid AS life,
        $1::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) AS is_ahead,
        EXISTS (SELECT FROM ${schema}.commits WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())) AS is_restored,
        EXISTS (SELECT FROM ${schema}.commits WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())) AS held_back,
        (SELECT hash FROM ${schema}.commits WHERE xid = $1::xid8 AND position = $2::bigint) AS hash_at_cursor
    ) AS store LEFT JOIN (
      SELECT key, revision, record, hash, xid, position, found FROM (
        SELECT *, count(*) OVER () AS found, row_number() OVER in_order AS n,
          sum(octet_length(record)) OVER in_order AS bytes
        FROM (
          SELECT key, revision, record, hash, xid, position FROM ${schema}.commits
          WHERE (xid, position) > ($1::xid8, $2::bigint) AND xid < pg_snapshot_xmin(pg_current_snapshot())
          ORDER BY xid, position LIMIT $3::bigint + 1
        ) AS rows
        WINDOW in_order AS (ORDER BY xid, position)
      ) AS counted
      WHERE n <= $3::bigint AND (n = 1 OR bytes <= ${pageBytes})
    ) AS page ON true
    ORDER BY page.xid, page.position`
}

function placeOf(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined
  const [, life, xid, position, hash] = /^([^:]+):(\d+):(\d+):(.*)$/s.exec(cursor) ?? []
  if (life === undefined || xid === undefined || position === undefined || hash === undefined)
    throw feedLost('the cursor is not one of a PostgreSQL database')
  return { life, xid, position, hash }
}

function checkLife(from: Place | undefined, store: PostgresRow): void {
  if (store['is_restored'] === true) {
    const why =
      'the tables hold transaction ids of another server, as after restoring a dump; renumber them with createSchema(client)'
    throw storeFailure('read changes', why, { applied: 'no', retryable: false })
  }
  if (from === undefined) return
  if (from.life !== store['life'])
    throw feedLost('the cursor is of another database, or of this one before it was restored')
  if (store['is_ahead'] === true)
    throw feedLost('the database was restored since: it has not come to the place of the cursor')
  // A commit that was removed has no hash; its position is not used again.
  const found = store['hash_at_cursor']
  if (typeof found === 'string' && found !== from.hash)
    throw feedLost('the database was restored since: another commit is at the place of the cursor')
}
