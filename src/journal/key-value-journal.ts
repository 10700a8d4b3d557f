import type { Commit } from '../core/journal/commit.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import type {
  CommitLog,
  EventJournal,
  PersistedEvent,
  PersistResult,
  Snapshot,
} from '../core/journal/journal.ts'
import { jsonText } from '../core/base/json.ts'
import {
  encodeRecent,
  largestWindow,
  type RecentCommands,
  remember,
} from '../core/journal/recent-commands.ts'
import { type CommitLogOptions, keyValueCommitLog } from './key-value-log.ts'
import { storeFailure } from '../core/base/failures.ts'
import type { Store } from './store.ts'

/** Metadata of every event this journal loads: the commit it belongs to. */
export interface CommitOrigin {
  readonly revision: number
  readonly commitId: string
}

/**
 * The journal over any {@link Store}: one record a commit, one snapshot slot an entity. Engines use its `commitLog`;
 * the four methods serve programs that read or fill a journal directly. They keep no metadata of others, so a journal
 * of your own around this one has to pass `commitLog` on.
 */
export class KeyValueJournal implements EventJournal {
  readonly commitLog: CommitLog

  constructor(store: Store, options?: CommitLogOptions) {
    this.commitLog = keyValueCommitLog(store, options)
  }

  async persist(entity: EntityKey, events: readonly PersistedEvent[]): Promise<PersistResult> {
    const [first] = events
    if (first === undefined) throw new TypeError('persist needs at least one event.')
    if (events.some(({ metadata }) => isForeign(metadata))) {
      const why =
        'KeyValueJournal keeps no metadata of others; a journal around it has to pass its commitLog on'
      throw storeFailure('persist', why, { applied: 'no', retryable: false })
    }
    const head = await this.#head(entity)
    if (first.sequenceNr !== head.lastSequenceNr + 1) return 'conflict'
    const prepared = this.commitLog.prepare(entity, {
      revision: head.revision + 1,
      commitId: globalThis.crypto.randomUUID(),
      timestamp: first.timestamp,
      lastSequenceNr: head.lastSequenceNr + events.length,
      events: events.map(({ event }) => event),
      eventTexts: events.map(({ event }) => jsonText(event, 'event')),
      receipts: [],
      previousHash: head.hash,
      state: undefined,
      stateBytesHint: 0,
      schemaVersion: 1,
      recent: '',
    })
    const result = await this.commitLog.append(entity, prepared)
    const mine = result.kind === 'appended' || result.winner.commitId === prepared.commit.commitId
    return mine ? 'persisted' : 'conflict'
  }

  async *load(entity: EntityKey, fromSequenceNr = 1): AsyncGenerator<PersistedEvent> {
    for await (const page of this.commitLog.commits(entity, { fromRevision: 1 })) {
      for (const { revision, commitId, timestamp, lastSequenceNr, events } of page) {
        const metadata: CommitOrigin = { revision, commitId }
        let sequenceNr = lastSequenceNr - events.length
        for (const event of events) {
          sequenceNr += 1
          if (sequenceNr >= fromSequenceNr) yield { sequenceNr, event, timestamp, metadata }
        }
      }
    }
  }

  /** Throws `TypeError` unless a commit ends at the snapshot's sequence number. Reads the commits up to it. */
  async saveSnapshot(entity: EntityKey, { sequenceNr, state, timestamp }: Snapshot): Promise<void> {
    let recent: RecentCommands = []
    for await (const page of this.commitLog.commits(entity, { fromRevision: 1 })) {
      for (const commit of page) {
        recent = remember(recent, commit, largestWindow)
        if (commit.lastSequenceNr !== sequenceNr) continue
        const { revision, hash } = commit
        const stateText = jsonText(state, 'state')
        const stored = {
          state,
          stateText,
          stateBytes: Buffer.byteLength(stateText),
          schemaVersion: 1,
          timestamp,
        }
        return this.commitLog.saveState(entity, {
          ...stored,
          revision,
          sequenceNr,
          hash,
          recent: encodeRecent(recent, revision),
        })
      }
    }
    throw new TypeError(
      `No commit ends at sequence number ${sequenceNr}; a snapshot stands at the end of a commit.`,
    )
  }

  async loadSnapshot(entity: EntityKey): Promise<Snapshot | undefined> {
    const { base } = await this.commitLog.recover(entity, {})
    return base && { sequenceNr: base.sequenceNr, state: base.state, timestamp: base.timestamp }
  }

  async #head(entity: EntityKey): Promise<Pick<Commit, 'revision' | 'lastSequenceNr' | 'hash'>> {
    const { base, tail } = await this.commitLog.recover(entity, {})
    let head = {
      revision: base?.revision ?? 0,
      lastSequenceNr: base?.sequenceNr ?? 0,
      hash: base?.hash ?? '',
    }
    for await (const page of tail) head = page.at(-1) ?? head
    return head
  }
}

/** Metadata that an engine without a `commitLog` relies on, other than what this journal itself adds when loading. */
function isForeign(metadata: unknown): boolean {
  return typeof metadata === 'object' && metadata !== null && 'events' in metadata
}
