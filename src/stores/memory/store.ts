import { checkStoreOptions } from '../../journal/store-options.ts'
import { checkWholeBytes } from '../../core/base/describe-value.ts'
import { oneRequest } from '../../core/base/cost.ts'
import { memoryFeed } from './feed.ts'
import { type RecordText, recordText } from '../../journal/record-text.ts'
import type { Store, StoredCommit } from '../../journal/store.ts'

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** Largest record in bytes. Default 400 KB, as on DynamoDB, so that what works here works there. */
  readonly maxRecordBytes?: number
}

interface SnapshotText {
  readonly revision: number
  readonly schemaVersion: number
  readonly text: string
}

/**
 * A store in this process's memory, for tests and first steps. Records are kept as JSON text, as every real store keeps
 * them: what is read is a copy, and changing it changes nothing. One commit record is about as large as on DynamoDB.
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  checkStoreOptions('a memory store', options, { maxRecordBytes: true })
  const { maxRecordBytes = 400 * 1024 } = options
  checkWholeBytes('maxRecordBytes', maxRecordBytes)
  /** Per key the texts of revisions 1, 2, … */
  const commits = new Map<string, string[]>()
  const snapshots = new Map<string, SnapshotText>()

  const commandIds = new Map<string, { readonly revision: number; readonly expiresAtEpochSeconds: number }>()
  const records = recordText(maxRecordBytes)
  const feed = memoryFeed((key, revision) => {
    const text = commits.get(key)?.[revision - 1]
    return text === undefined ? undefined : records.decode(text)
  })

  return {
    limits: { maxRecordBytes, billedBytes: 1024 },
    recordBytes: (key, _revision, record) => records.bytes(key, record),

    async append(key, revision, record, { ids = [], meter, previousHash } = {}) {
      meter?.(oneRequest)
      const text = records.encode(key, 'commit', record)
      const texts = commits.get(key) ?? []
      const present = texts[revision - 1]
      if (present !== undefined) return { kind: 'occupied', record: records.decode(present) }
      const before = texts[revision - 2]
      const hashBefore = revision === 1 ? '' : before && records.decode(before)['h']
      if (previousHash !== undefined && hashBefore !== previousHash) return { kind: 'behind' }
      texts[revision - 1] = text
      commits.set(key, texts)
      feed.add(key, revision)
      for (const { commandId, expiresAtEpochSeconds } of ids)
        commandIds.set(JSON.stringify([key, commandId]), { revision, expiresAtEpochSeconds })
      return { kind: 'appended' }
    },

    async findCommandId(key, commandId, { meter } = {}) {
      meter?.(oneRequest)
      return commandIds.get(JSON.stringify([key, commandId]))?.revision
    },

    async recover(key, limit, { meter } = {}) {
      meter?.(oneRequest)
      const texts = commits.get(key) ?? []
      const snapshot = snapshots.get(key)
      const start = Math.max(0, texts.length - (snapshot === undefined ? limit : limit - 1))
      return {
        snapshot: snapshot && {
          revision: snapshot.revision,
          schemaVersion: snapshot.schemaVersion,
          record: records.decode(snapshot.text),
        },
        commits: numbered(records, texts, start, texts.length).toReversed(),
        more: start > 0,
      }
    },

    async range(key, fromRevision, limit, { meter } = {}) {
      meter?.(oneRequest)
      const texts = commits.get(key) ?? []
      const end = fromRevision - 1 + limit
      return { commits: numbered(records, texts, fromRevision - 1, end), more: end < texts.length }
    },

    async keys(prefix, after, limit, { meter } = {}) {
      meter?.(oneRequest)
      const found = [...commits.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted()
      return { keys: found.slice(0, limit), more: found.length > limit }
    },

    changes: feed.changes,
    waitForChanges: feed.waitForChanges,

    async saveSnapshot(key, { revision, schemaVersion, record }, { meter } = {}) {
      meter?.(oneRequest)
      const text = records.encode(key, 'snapshot', record)
      const present = snapshots.get(key)
      const replaces =
        present === undefined ||
        schemaVersion > present.schemaVersion ||
        (schemaVersion === present.schemaVersion && revision >= present.revision)
      if (replaces) snapshots.set(key, { revision, schemaVersion, text })
    },

    async sweep(beforeEpochSeconds, { meter } = {}) {
      meter?.(oneRequest)
      let swept = 0
      for (const [id, { expiresAtEpochSeconds }] of commandIds) {
        if (expiresAtEpochSeconds >= beforeEpochSeconds) continue
        commandIds.delete(id)
        swept += 1
      }
      return swept
    },

    async truncate(key, lastRevision, { meter } = {}) {
      meter?.(oneRequest)
      const texts = commits.get(key) ?? []
      const removed = texts.slice(lastRevision).filter((text) => text !== undefined).length
      if (lastRevision > 0) texts.length = Math.min(texts.length, lastRevision)
      else commits.delete(key)
      for (const [each, { revision }] of snapshots) {
        if (revision > lastRevision && (each === key || each.startsWith(`${key}//`))) snapshots.delete(each)
      }
      for (const [id, { revision }] of commandIds) {
        const [idKey] = JSON.parse(id) as readonly string[]
        if (revision > lastRevision && idKey === key) commandIds.delete(id)
      }
      return removed
    },
  }
}

/** The texts from index `start` up to `end` with their revisions; holes are left out. */
function numbered(
  records: RecordText,
  texts: readonly (string | undefined)[],
  start: number,
  end: number,
): StoredCommit[] {
  const found: StoredCommit[] = []
  for (let index = start; index < Math.min(end, texts.length); index++) {
    const text = texts[index]
    if (text !== undefined) found.push({ revision: index + 1, record: records.decode(text) })
  }
  return found
}
