import type { RequestOptions } from '../core/base/cost.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import { isPoison } from './handle-commits.ts'
import type { FollowedJournal } from './missing-commits.ts'
import { readCommits } from './missing-commits.ts'
import type { Hint } from './hints.ts'

/**
 * The newest commit before a time, for a consumer that starts from now and meets an entity for the first time: what is
 * older is not delivered. Looks backward from the head in growing steps, then in between; a calm entity takes no request
 * beyond what the hint brought, or one.
 */
export async function lastRevisionBefore(
  journal: FollowedJournal,
  entity: EntityKey,
  { head, records }: Pick<Hint, 'head' | 'records'>,
  time: number,
  request?: RequestOptions,
): Promise<number> {
  async function isOlder(revision: number): Promise<boolean> {
    if (revision < 1) return true
    try {
      const known = records.get(revision)
      const commit = known && journal.readChange(known).commit
      const [found] =
        commit === undefined ? await readCommits(journal, entity, revision, 1, request) : [commit]
      return (found?.timestamp ?? Number.NEGATIVE_INFINITY) < time
    } catch (error) {
      // A commit that cannot be read tells no time; delivery comes to it and parks the entity there.
      if (isPoison(error)) return false
      throw error
    }
  }

  let newer = head + 1
  let older = head
  for (let step = 1; !(await isOlder(older)); step *= 2) {
    newer = older
    older = Math.max(0, older - step)
  }
  while (newer - older > 1) {
    const middle = (newer + older) >>> 1
    if (await isOlder(middle)) older = middle
    else newer = middle
  }
  return older
}
