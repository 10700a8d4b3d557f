import type { EntityKey } from '../../src/core/base/entity-key.ts'
import type { Commit } from '../../src/core/journal/commit.ts'
import type { CommitDraft } from '../../src/core/journal/commit-draft.ts'
import type { Journal } from '../../src/core/journal/journal.ts'
import { draftAfter } from './commits.ts'

/** What a commit of {@link writeHistory} is made of; 0 events make one of a rejection. */
export interface WrittenCommit {
  readonly events: ReadonlyArray<{ readonly type: string; readonly [field: string]: unknown }>
  readonly parts?: Partial<Pick<CommitDraft, 'receipts' | 'causes' | 'timestamp' | 'state'>>
}

/** The time of the first commit of {@link writeHistory}; each further one is a second later. */
export const firstTime: number = Date.UTC(2026, 0, 31, 12)

/** Appends commits to an entity, without an engine. */
export async function writeHistory(
  journal: Journal,
  entity: EntityKey,
  commits: readonly WrittenCommit[],
): Promise<void> {
  let before: Commit | undefined
  for await (const page of journal.commits(entity, { fromRevision: 1 })) before = page.at(-1) ?? before
  for (const { events, parts } of commits) {
    const timestamp = firstTime + (before?.revision ?? 0) * 1_000
    const prepared = journal.prepare(
      entity,
      draftAfter(before, { events, timestamp, state: undefined, ...parts }),
    )
    const result = await journal.append(entity, prepared)
    if (result.kind !== 'appended') throw new Error(`commit ${prepared.commit.revision}: ${result.kind}`)
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
