import type { Commit, EntityKey, Journal } from 'tailfold'
import type { CommitDraft } from '../../src/core/journal/commit-draft.ts'
import type { PreparedCommit, StateToSave } from '../../src/core/journal/journal.ts'
import { noCommands } from '../../src/core/journal/recent-commands.ts'

/** A draft of the commit after `previous`, by default with one event and a state that names its revision. */
export function draftAfter(previous: Commit | undefined, changes: Partial<CommitDraft> = {}): CommitDraft {
  const revision = (previous?.revision ?? 0) + 1
  const events = changes.events ?? [{ type: 'Counted', by: revision }]
  return {
    revision,
    commitId: `commit-${revision}`,
    timestamp: 1_000 + revision,
    lastSequenceNr: (previous?.lastSequenceNr ?? 0) + events.length,
    events,
    eventTexts: events.map((event) => JSON.stringify(event)),
    receipts: [],
    previousHash: previous?.hash ?? '',
    state: { at: revision },
    stateBytesHint: 0,
    schemaVersion: 1,
    recent: noCommands,
    idsAtLeast: 0,
    ...changes,
  }
}

/** Appends so many commits; what was prepared for each. */
export async function appendCommits(
  journal: Journal,
  entity: EntityKey,
  count: number,
  changes: Partial<CommitDraft> = {},
): Promise<readonly PreparedCommit[]> {
  const prepared: PreparedCommit[] = []
  for (let index = 0; index < count; index++) {
    const next = journal.prepare(entity, draftAfter(prepared.at(-1)?.commit, changes))
    await journal.append(entity, next)
    prepared.push(next)
  }
  return prepared
}

/** The state after a commit, ready to be saved as a snapshot; by default one that names its revision. */
export function stateAfter(
  commit: Commit,
  { state, ...changes }: Partial<StateToSave> & { readonly state?: unknown } = {},
): StateToSave {
  const { revision, lastSequenceNr: sequenceNr, hash, timestamp } = commit
  const stateText = JSON.stringify(state ?? { at: revision })
  const ids = { recent: noCommands, idsAtLeast: 0 }
  return {
    revision,
    sequenceNr,
    hash,
    timestamp,
    ...ids,
    schemaVersion: 1,
    slotIsNewer: false,
    stateText,
    ...changes,
  }
}

/** All commits of some pages. */
export async function flat(pages: AsyncIterable<readonly Commit[]>): Promise<readonly Commit[]> {
  return (await Array.fromAsync(pages)).flat()
}
