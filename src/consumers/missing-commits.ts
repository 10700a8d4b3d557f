import type { RequestOptions } from '../core/base/cost.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import { isTailfoldError, type TailfoldError } from '../core/base/errors.ts'
import type { Commit } from '../core/journal/commit.ts'
import type { Journal } from '../core/journal/journal.ts'
import { readAgainIfCorrupt } from '../core/journal/read-again.ts'
import type { Hint } from './hints.ts'

/** A journal that consumers can follow: one that can read the changes of its store. */
export type FollowedJournal = Journal & Required<Pick<Journal, 'readChange'>>

/** The entity of a key in the store. */
export function entityOfKey(journal: FollowedJournal, key: string): EntityKey {
  return journal.readChange({ key, revision: 0 }).entity
}

/**
 * The commits after a position up to the head of a hint, ascending and without a hole: those that came with the hint, and
 * the others from the journal, which is read with strong consistency. Fewer where the journal ends before.
 */
export async function missingCommits(
  journal: FollowedJournal,
  entity: EntityKey,
  after: number,
  { head, records }: Pick<Hint, 'head' | 'records'>,
  request: RequestOptions & { readonly onRead?: (commits: number) => void } = {},
): Promise<readonly Commit[]> {
  const commits: Commit[] = []
  for (let revision = after + 1; revision <= head; ) {
    const known = records.get(revision)
    if (known !== undefined) {
      const { commit } = journal.readChange(known)
      if (commit !== undefined) commits.push(commit)
      revision += 1
      continue
    }
    let end = revision
    while (end < head && !records.has(end + 1)) end += 1
    const read = await readCommits(journal, entity, revision, end - revision + 1, request)
    request.onRead?.(read.length)
    commits.push(...read)
    if (read.length < end - revision + 1) return commits
    revision = end + 1
  }
  return commits
}

/** Commits up to one that cannot be read, if any. */
export interface SoundCommits {
  readonly commits: readonly Commit[]
  /** Why the next one cannot be read, for good. */
  readonly damage?: TailfoldError | undefined
}

/** As {@link missingCommits}; of a damaged history those before the damage. */
export async function soundCommits(
  journal: FollowedJournal,
  entity: EntityKey,
  after: number,
  { head, records }: Pick<Hint, 'head' | 'records'>,
  request?: Parameters<typeof missingCommits>[4],
): Promise<SoundCommits> {
  let damage: TailfoldError | undefined
  for (let to = head; ; ) {
    try {
      return { commits: await missingCommits(journal, entity, after, { head: to, records }, request), damage }
    } catch (error) {
      if (!isTailfoldError(error, 'journal-corrupt')) throw error
      damage = error
      const { revision } = error.data
      if (revision <= after + 1 || revision > to) return { commits: [], damage }
      to = revision - 1
    }
  }
}

/** Commits of the journal from a revision on. */
export function readCommits(
  journal: Journal,
  entity: EntityKey,
  fromRevision: number,
  limit: number,
  request?: RequestOptions,
): Promise<readonly Commit[]> {
  return readAgainIfCorrupt(async () => {
    const commits: Commit[] = []
    for await (const page of journal.commits(entity, { fromRevision, limit }, request)) commits.push(...page)
    return commits
  })
}
