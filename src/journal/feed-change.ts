import { isTailfoldError } from '../core/base/errors.ts'
import type { Change } from '../core/journal/journal.ts'
import type { StoredCommit } from './store.ts'

/**
 * The change of a feed that a commit is. Without the record where that cannot be read: who reads the entity learns so, and
 * the feed goes on, for a damaged record is the fault of one entity.
 */
export function feedChange(key: string, revision: number, read: () => StoredCommit): Change {
  try {
    return { key, ...read() }
  } catch (error) {
    if (!isTailfoldError(error, 'journal-corrupt')) throw error
    return { key, revision }
  }
}
