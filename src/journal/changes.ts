import type { Change, CommitChange } from '../core/journal/journal.ts'
import { TailfoldError } from '../core/base/errors.ts'
import type { CommitReader } from './commit-reader.ts'
import { entityOf } from './key.ts'

/** What a change names, with its commit, and the state that rides in it, where the record came along. Throws `journal-corrupt`. */
export function readChange(reader: CommitReader, { key, revision, record }: Change): CommitChange {
  const entity = entityOf(key)
  if (entity === undefined) {
    const problem = 'the key of the record is that of no entity'
    throw new TailfoldError(
      'journal-corrupt',
      `A change under the key ${key} cannot be read: ${problem}. Only Tailfold may write to the tables of a journal.`,
      { entity: key, revision, problem },
    )
  }
  if (record === undefined) return { entity, revision }
  const commit = reader.decodeOne(entity, { revision, record })
  const { stateVersion: schemaVersion } = commit
  if (schemaVersion === undefined) return { entity, revision, commit }
  const riding = { schemaVersion, read: () => reader.decodeState(entity, revision, record).state }
  return { entity, revision, commit, riding }
}
