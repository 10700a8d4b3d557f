import { byteLength } from '#bytes'
import { describeEntity, type EntityKey } from '../core/base/entity-key.ts'
import { jsonText } from '../core/base/json.ts'
import type { CommitDraft } from '../core/journal/commit-draft.ts'
import type { PreparedCommit } from '../core/journal/journal.ts'
import { checkTimestamp } from '../core/journal/timestamp.ts'
import { statedHash } from './chain-hash.ts'
import { type CommitForms, commitForms, inflatedSize, sealed, withState } from './commit-record.ts'
import { cheapest } from './compression.ts'
import { recordTooLarge, textTooLarge } from './failures.ts'
import { withIdsThatFit } from './ids-that-fit.ts'
import { storeKey } from './key.ts'
import type { Store, StoredCommandId, StoredRecord } from './store.ts'

/** What is appended for a prepared commit: `PreparedCommit.stored`. */
export interface StoredForm {
  readonly record: StoredRecord
  readonly ids: readonly StoredCommandId[]
  /** Hash of the commit before. */
  readonly previousHash: string
}

/** Measures a record in bytes. */
type Size = (record: StoredRecord) => number

/** How commits are encoded; see `KeyValueJournalOptions`. */
export interface EncodingOptions {
  readonly inlineState: boolean
  readonly maxInflatedBytes: number
}

/** Encodes a commit for a store, the state riding along where it is free. Throws `record-too-large` and `not-json`. */
export function prepareCommit(
  store: Store,
  entity: EntityKey,
  draft: CommitDraft,
  { inlineState, maxInflatedBytes }: EncodingOptions,
): PreparedCommit {
  const { revision, commitId, timestamp, lastSequenceNr, events, receipts, causes, previousHash } = draft
  checkTimestamp(timestamp)
  const key = storeKey(entity)
  const { maxRecordBytes, billedBytes } = store.limits
  const size: Size = (record) => store.recordBytes(key, revision, record)
  const forms = commitForms(draft, maxInflatedBytes)
  // A state known to be far too large is not even turned into text.
  const mayFit = inlineState && draft.state !== undefined && draft.stateBytesHint < 2 * billedBytes
  const stateText = mayFit ? jsonText(draft.state, 'state') : undefined
  const carrying = (form: StoredRecord, freeBytes: number) => {
    if (stateText === undefined) return undefined
    const full = withIdsThatFit(draft, size, billedBytes, (ids) =>
      withState(form, draft.schemaVersion, stateText, ids),
    )
    return full.bytes <= Math.min(freeBytes, maxRecordBytes) ? full : undefined
  }
  // Nothing is billed less than one unit: what fits into it with its state needs no other form, and no other measure.
  let full = carrying(forms.plain, billedBytes)
  const bare = full ?? cheapest(size, billedBytes, forms.plain, forms.compressed)
  if (bare.bytes > maxRecordBytes) throw tooLarge(entity, bare.bytes, maxRecordBytes, forms, maxInflatedBytes)
  // The plain form was tried in one unit; another form, or more units, may have room.
  if (bare.form !== forms.plain || bare.bytes > billedBytes)
    full ??= carrying(bare.form, Math.ceil(bare.bytes / billedBytes) * billedBytes)

  const { form, bytes } = full ?? bare
  const record = sealed(form, previousHash, revision)
  return {
    commit: {
      revision,
      commitId,
      timestamp,
      lastSequenceNr,
      events,
      receipts,
      causes,
      hash: statedHash(record),
      bytes,
      inflatedBytes: inflatedSize(record, bytes, forms.events, forms.receipts),
      stateVersion: full && draft.schemaVersion,
    },
    carriesState: full !== undefined,
    stateBytes: stateText === undefined ? undefined : byteLength(stateText),
    stored: { record, ids: draft.ids ?? [], previousHash } satisfies StoredForm,
  }
}

function tooLarge(
  entity: EntityKey,
  bytes: number,
  maxRecordBytes: number,
  forms: CommitForms,
  maxInflatedBytes: number,
) {
  const name = describeEntity(entity)
  const events = byteLength(forms.events)
  const receipts = byteLength(forms.receipts)
  if (events > maxInflatedBytes) return textTooLarge(name, 'events', events, maxInflatedBytes)
  if (receipts > maxInflatedBytes) return textTooLarge(name, 'recorded replies', receipts, maxInflatedBytes)
  return recordTooLarge(name, 'commit', bytes, maxRecordBytes, receipts > events ? 'replies' : 'events')
}
