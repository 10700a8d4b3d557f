import type { Commit } from '../journal/commit.ts'
import type { CommitDraft } from '../journal/commit-draft.ts'
import type { CommitPosition } from '../journal/journal.ts'

/** Reads the commit at a revision; `undefined` beyond the newest. */
export type ReadCommit = (revision: number) => Promise<Commit | undefined>

/** Steps that guess from the numbers before the rest is halved: commits of about equal length are found in three. */
const guesses = 4

/**
 * The commit that holds an event, found by the event's number; `undefined` where it lies beyond `head`. Commits without
 * events and with several make revisions and event numbers drift apart, so the revision is guessed from what is known on
 * both sides. Reads one commit a step: one where all commits have as many events, else a few, and at most four more than
 * `head.revision` has binary digits.
 */
export async function commitOfEvent(
  readCommit: ReadCommit,
  sequenceNr: number,
  head: Pick<CommitPosition, 'revision' | 'sequenceNr'>,
): Promise<Commit | undefined> {
  if (sequenceNr < 1 || sequenceNr > head.sequenceNr) return undefined
  /** The newest commit known to end before the event. */
  let low = { revision: 0, sequenceNr: 0 }
  /** The oldest commit known to end at the event or after it. */
  let high = head
  for (let step = 0; low.revision < high.revision; step++) {
    const span = high.revision - low.revision
    const share = step < guesses ? (sequenceNr - low.sequenceNr) / (high.sequenceNr - low.sequenceNr) : 1 / 2
    const commit = await readCommit(low.revision + Math.max(1, Math.ceil(share * span)))
    if (commit === undefined) return undefined
    const first = firstSequenceNr(commit)
    if (first > sequenceNr) high = { revision: commit.revision - 1, sequenceNr: first - 1 }
    else if (commit.lastSequenceNr >= sequenceNr) return commit
    else low = { revision: commit.revision, sequenceNr: commit.lastSequenceNr }
  }
  return undefined
}

/**
 * The newest revision from 1 to `head` whose commit satisfies `holds`, which once false stays false; 0 when none does.
 * Reads about as many commits as `head` has binary digits.
 */
export async function newestRevisionWhere(
  readCommit: ReadCommit,
  head: number,
  holds: (commit: Commit) => boolean,
): Promise<number> {
  let low = 0
  let high = head
  for (let next = head; low < high; next = Math.ceil((low + high) / 2)) {
    const commit = await readCommit(next)
    if (commit !== undefined && holds(commit)) low = next
    else high = next - 1
  }
  return low
}

/** The number of a commit's first event; of the next one, where the commit has none. */
export function firstSequenceNr({
  lastSequenceNr,
  events,
}: Pick<CommitDraft, 'lastSequenceNr' | 'events'>): number {
  return lastSequenceNr - events.length + 1
}
