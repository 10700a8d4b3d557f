import type { CommitDraft } from '../../src/core/journal/commit.ts'
import type { EntityKey } from '../../src/core/base/entity-key.ts'
import type { Journal } from '../../src/core/journal/journal.ts'
import { noCommands } from '../../src/core/journal/recent-commands.ts'

/** What a commit of {@link writeHistory} is made of; 0 events make one of a rejection. */
export interface WrittenCommit {
  readonly events: ReadonlyArray<{ readonly type: string; readonly [field: string]: unknown }>
  readonly parts?: Partial<Pick<CommitDraft, 'receipts' | 'causes' | 'timestamp' | 'state'>>
}

/** The time of the first commit of {@link writeHistory}; each further one is a second later. */
export const firstTime: number = Date.UTC(2026, 0, 31, 12)

/** Appends commits to an entity that has none, without an engine. */
export async function writeHistory(
  journal: Journal,
  entity: EntityKey,
  commits: readonly WrittenCommit[],
): Promise<void> {
  let before = { revision: 0, lastSequenceNr: 0, hash: '' }
  for (const { events, parts } of commits) {
    const revision = before.revision + 1
    const prepared = journal.prepare(entity, {
      revision,
      commitId: `commit-${revision}`,
      timestamp: firstTime + (revision - 1) * 1_000,
      lastSequenceNr: before.lastSequenceNr + events.length,
      events,
      eventTexts: events.map((event) => JSON.stringify(event)),
      receipts: [],
      previousHash: before.hash,
      state: undefined,
      stateBytesHint: 0,
      schemaVersion: 1,
      recent: noCommands,
      idsAtLeast: 0,
      ...parts,
    })
    const result = await journal.append(entity, prepared)
    if (result.kind !== 'appended') throw new Error(`commit ${revision} was not appended: ${result.kind}`)
    before = prepared.commit
  }
}

/** Commits of so many events each; event number n has `n` in field `by`. */
export function counted(...sizes: readonly number[]): readonly WrittenCommit[] {
  let number = 0
  return sizes.map((size) => ({
    events: Array.from({ length: size }, () => ({ type: 'Counted', by: ++number })),
  }))
}
