import { feedLost } from '../../core/base/failures.ts'
import type { Change, ChangePage } from '../../core/journal/journal.ts'
import { feedChange } from '../../journal/feed-change.ts'
import type { StoredCommit } from '../../journal/store.ts'
import type { Statements } from './stored-form.ts'

/** Bytes of records after which a page ends: reading must not fill the memory. */
const pageBytes = 1024 * 1024

/**
 * The commits after a cursor. Positions are given under the write lock, so none becomes visible after a later one. A
 * cursor is `<position>.<hash of the record there>`: another file, or one restored from a backup, has another record there
 * or none yet.
 */
export function changesAfter(
  statements: Statements,
  cursor: string | undefined,
  limit: number,
  toCommit: (key: string, row: Readonly<Record<string, unknown>>) => StoredCommit,
): ChangePage {
  let position = positionOf(statements, cursor)
  const changes: Change[] = []
  let bytes = 0
  let rows = 0
  for (const row of statements.changes.iterate(position, limit)) {
    const key = String(row['key'])
    position = Number(row['position'])
    changes.push(feedChange(key, Number(row['revision']), () => toCommit(key, row)))
    bytes += String(row['record']).length
    rows += 1
    if (bytes >= pageBytes) break
  }
  const more = rows === limit || bytes >= pageBytes
  if (rows === 0) return { changes, cursor: cursor ?? '0.', more }
  return { changes, cursor: `${position}.${hashAt(statements, position) ?? ''}`, more }
}

/** True when something was appended after the cursor, or when it is one that reading refuses. */
export function hasChanges(statements: Statements, cursor: string): boolean {
  const position = Number(/^\d+/.exec(cursor)?.[0])
  const isRefused = !(position <= lastPosition(statements))
  return isRefused || statements.hasAfter.get(position) !== undefined
}

function positionOf(statements: Statements, cursor: string | undefined): number {
  if (cursor === undefined) return 0
  const [, digits, hash = ''] = /^(\d+)\.(.*)$/s.exec(cursor) ?? []
  const position = Number(digits)
  if (digits === undefined) throw feedLost('the cursor is not one of a SQLite file')
  const found = hashAt(statements, position)
  if (found === undefined && position > lastPosition(statements))
    throw feedLost('the file was replaced or restored since: it has not come to the place of the cursor')
  // A commit that was removed has no hash; its position is not used again.
  if (found !== undefined && found !== hash)
    throw feedLost('the file was replaced or restored since: another commit is at the place of the cursor')
  return position
}

function hashAt(statements: Statements, position: number): string | undefined {
  const row = statements.hashAt.get(position)
  return row && String(row['hash'] ?? '')
}

function lastPosition(statements: Statements): number {
  return Number(statements.lastPosition.get()?.['position'] ?? 0)
}
