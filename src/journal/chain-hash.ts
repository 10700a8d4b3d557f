import { sha256 } from '#bytes'
import { journalCorrupt } from '../core/base/failures.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import type { TailfoldError } from '../core/base/errors.ts'
import type { StoredCommit, StoredRecord } from './store.ts'

const hashChars = 22

/** Stands in for a hash until the record is complete: sizes are measured before hashes are taken. */
export const unsealed: string = '-'.repeat(hashChars)

/** The hash of a commit: over its fields and the hash of the commit before. See `commit-record.ts` for the fields. */
export function chainHash(previousHash: string, revision: number, record: StoredRecord): string {
  const { id, ts, n, e, c = '', sv, s, w = '', m } = record
  const state = s === undefined ? '' : `\n${sv}\n${s}\n${w}`
  const causes = m === undefined ? '' : `\n${m}`
  const text = `${previousHash}\n${revision}\n${id}\n${ts}\n${n}\n${e}\n${c}${state}${causes}`
  return sha256(text).slice(0, hashChars)
}

/** The hash that a commit record states. */
export function statedHash(record: StoredRecord): string {
  return String(record['h'])
}

/** True when the hash of a commit follows from its content and the hash of the commit before. */
export function follows({ revision, record }: StoredCommit, previousHash: string): boolean {
  return chainHash(previousHash, revision, record) === record['h']
}

/** Throws `journal-corrupt` unless the commit {@link follows}. */
export function checkHash(entity: EntityKey, commit: StoredCommit, previousHash: string): void {
  if (!follows(commit, previousHash)) throw alteredCommit(entity, commit.revision)
}

/** The error for a commit that does not follow. */
export function alteredCommit(entity: EntityKey, revision: number): TailfoldError {
  return journalCorrupt(entity, revision, 'its hash does not follow from its content and the commit before')
}
