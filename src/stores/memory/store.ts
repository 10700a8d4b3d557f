import type { Store, StoredRecord, StoredSnapshot } from '../../journal/store.ts'

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** Largest record in bytes. Default 400 KB, as on DynamoDB, so that what works here works there. */
  readonly maxRecordBytes?: number
}

/**
 * A store in this process's memory, for tests and first steps. Records are kept as JSON text, as every real store keeps
 * them: what is read is a copy, and changing it changes nothing. One commit record is about as large as on DynamoDB.
 */
export function memoryStore({ maxRecordBytes = 400 * 1024 }: MemoryStoreOptions = {}): Store {
  /** Per key the texts of revisions 1, 2, … */
  const commits = new Map<string, string[]>()
  const snapshots = new Map<
    string,
    { readonly revision: number; readonly schemaVersion: number; readonly text: string }
  >()

  return {
    limits: { maxRecordBytes, billedBytes: 1024 },
    recordBytes: (key, record) => Buffer.byteLength(key) + Buffer.byteLength(JSON.stringify(record)),

    async append(key, revision, record) {
      const texts = commits.get(key) ?? []
      const present = texts[revision - 1]
      if (present !== undefined) return { kind: 'occupied', record: parse(present) }
      texts[revision - 1] = JSON.stringify(record)
      commits.set(key, texts)
      return { kind: 'appended' }
    },

    async recover(key, limit) {
      const texts = commits.get(key) ?? []
      const snapshot = snapshots.get(key)
      const taken = numbered(texts, Math.max(0, texts.length - limit), texts.length).toReversed()
      return { snapshot: snapshot && restore(snapshot), commits: taken, more: texts.length > limit }
    },

    async range(key, fromRevision, limit) {
      const texts = commits.get(key) ?? []
      const end = fromRevision - 1 + limit
      return { commits: numbered(texts, fromRevision - 1, end), more: end < texts.length }
    },

    async saveSnapshot(key, { revision, schemaVersion, record }) {
      const present = snapshots.get(key)
      const newer =
        present === undefined || (present.schemaVersion <= schemaVersion && present.revision < revision)
      if (newer || present.schemaVersion < schemaVersion) {
        snapshots.set(key, { revision, schemaVersion, text: JSON.stringify(record) })
      }
    },
  }
}

/** The texts from index `start` up to `end` with their revisions; holes are left out. */
function numbered(texts: readonly string[], start: number, end: number) {
  return texts
    .slice(start, end)
    .map((text, index) => ({
      revision: start + index + 1,
      record: text === undefined ? undefined : parse(text),
    }))
    .filter((commit): commit is { revision: number; record: StoredRecord } => commit.record !== undefined)
}

function restore({
  revision,
  schemaVersion,
  text,
}: {
  revision: number
  schemaVersion: number
  text: string
}): StoredSnapshot {
  return { revision, schemaVersion, record: parse(text) }
}

function parse(text: string): StoredRecord {
  return JSON.parse(text) as StoredRecord
}
