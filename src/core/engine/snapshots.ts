import { describeEntity } from '../base/entity-key.ts'
import { isTailfoldError } from '../base/errors.ts'
import type { ResolvedEntity } from '../entity/entity.ts'
import type { Journal } from '../journal/journal.ts'
import type { Warn } from './hooks.ts'
import type { Requests } from './requests.ts'
import { isSnapshotDue, type View } from './view.ts'

/** Writes snapshots of states that are durable already. A snapshot is a cache: its failure is a warning, nothing else. */
export interface Snapshots {
  /** Starts to write a snapshot where one is due. Returns the view as it is once that is written. */
  saveIfDue(view: View): View
  /** Likewise after a read, as long as this process may write. */
  saveIfDueAfterRead(view: View): View
  /** Resolves when no snapshot is being written. */
  idle(): Promise<void>
  readonly pending: () => number
}

const utf8 = new TextEncoder()

/** Records beyond this part of what a store takes deserve a warning before commands begin to fail. */
const largeShare = 0.5

/** Entities whose large state was reported; beyond that they are reported again. */
const mostReported = 1_000

/** Makes the snapshots of one engine. */
export function startSnapshots(
  definition: ResolvedEntity,
  journal: Journal,
  requests: Requests,
  warn: Warn,
): Snapshots {
  const writes = new Set<Promise<void>>()
  const warnings = snapshotWarnings(journal.maxRecordBytes, warn)
  let mayWriteAfterRead = true

  function save(view: View, onFailure: (error: unknown) => void): View {
    const { entity, revision, sequenceNr, hash, recent, slotIsNewer, state } = view
    const name = describeEntity(entity)
    const stateText = JSON.stringify(state)
    const stateBytes = utf8.encode(stateText).length
    const position = { revision, sequenceNr, hash, recent, slotIsNewer, timestamp: recent.time }
    const { schemaVersion, dedupeWindow: idsAtLeast } = definition
    const write = requests
      .send('save a snapshot', undefined, ({ signal }) =>
        journal.saveState(entity, { ...position, stateText, schemaVersion, idsAtLeast }, { signal }),
      )
      .then(
        () => warnings.ifLarge(name, stateBytes),
        (error: unknown) => {
          onFailure(error)
          warnings.failed(name, error)
        },
      )
      .finally(() => writes.delete(write))
    writes.add(write)
    return { ...view, distance: { events: 0, bytes: 0, stateBytes } }
  }

  return {
    saveIfDue: (view) => (isSnapshotDue(definition, view.distance) ? save(view, () => {}) : view),
    saveIfDueAfterRead(view) {
      if (!mayWriteAfterRead || !isSnapshotDue(definition, view.distance)) return view
      // A role that may only read gets one warning.
      return save(view, (error) => {
        if (isTailfoldError(error, 'store-unavailable') && !error.retryable) mayWriteAfterRead = false
      })
    },
    async idle() {
      await Promise.all(writes)
    },
    pending: () => writes.size,
  }
}

/** Warns of states that come near the largest record, once for each entity, and of snapshots that were not written. */
function snapshotWarnings(maxRecordBytes: number, warn: Warn) {
  const reported = new Set<string>()

  function isFirstReport(name: string): boolean {
    if (reported.has(name)) return false
    if (reported.size >= mostReported) reported.clear()
    reported.add(name)
    return true
  }

  return {
    ifLarge(name: string, bytes: number): void {
      if (bytes <= maxRecordBytes * largeShare || !isFirstReport(name)) return
      warn(
        `The state of ${name} has ${bytes} bytes; the store takes ${maxRecordBytes} a record. Keep less in it before its snapshots fail.`,
      )
    },
    failed(name: string, error: unknown): void {
      // A state that does not fit fails again each time.
      if (isTailfoldError(error, 'record-too-large') && !isFirstReport(name)) return
      warn(`The snapshot of ${name} was not written; no command is affected.`, error)
    },
  }
}
