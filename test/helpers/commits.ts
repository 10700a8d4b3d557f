import type { Commit, CommitDraft, CommitLog, EntityKey, PreparedCommit, StateToSave } from 'tailfold'

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
    recent: '',
    ...changes,
  }
}

/** Appends so many commits; what was prepared for each. */
export async function appendCommits(
  log: CommitLog,
  entity: EntityKey,
  count: number,
  changes: Partial<CommitDraft> = {},
): Promise<readonly PreparedCommit[]> {
  const prepared: PreparedCommit[] = []
  for (let index = 0; index < count; index++) {
    const next = log.prepare(entity, draftAfter(prepared.at(-1)?.commit, changes))
    await log.append(entity, next)
    prepared.push(next)
  }
  return prepared
}

/** The state after a commit, ready to be saved as a snapshot. */
export function stateAfter(commit: Commit, changes: Partial<StateToSave> = {}): StateToSave {
  const { revision, lastSequenceNr: sequenceNr, hash, timestamp } = commit
  const state = changes.state ?? { at: revision }
  const stateText = JSON.stringify(state)
  const stateBytes = Buffer.byteLength(stateText)
  const place = { revision, sequenceNr, hash, timestamp, recent: '', schemaVersion: 1 }
  return { ...place, state, stateText, stateBytes, ...changes }
}

/** All commits of some pages. */
export async function flat(pages: AsyncIterable<readonly Commit[]>): Promise<readonly Commit[]> {
  return (await Array.fromAsync(pages)).flat()
}
