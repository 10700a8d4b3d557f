import type { Commit } from '../journal/commit.ts'

/**
 * The newest revision from 1 to `head` whose commit satisfies `holds`, which once false stays false; 0 when none does.
 * Reads one commit a step, `guess` first: two where the guess is right, else about as many as `head` has binary digits.
 */
export async function newestCommitWhere(
  readCommit: (revision: number) => Promise<Commit | undefined>,
  head: number,
  holds: (commit: Commit) => boolean,
  guess?: number,
): Promise<number> {
  let low = 0
  let high = head
  let next = guess ?? head
  while (low < high) {
    const revision = Math.min(Math.max(next, low + 1), high)
    const commit = await readCommit(revision)
    const found = commit !== undefined && holds(commit)
    if (found) low = revision
    else high = revision - 1
    // Beside a guess that was nearly right lies the answer.
    next = revision === guess ? revision + (found ? 1 : -1) : Math.ceil((low + high) / 2)
  }
  return low
}

/** The number of a commit's first event; of the next one, where the commit has none. */
export function firstSequenceNr({ lastSequenceNr, events }: Commit): number {
  return lastSequenceNr - events.length + 1
}
