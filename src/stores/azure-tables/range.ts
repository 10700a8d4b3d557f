import type { RecordPage, StoredCommit } from '../../journal/store.ts'
import { maxPageEntities } from './entities.ts'

/**
 * Reads commits of one key from the newest down: those of `first` and later, up to `last`, at most `top`. `cut`: there may
 * be older ones among them. Without commits there are none.
 */
export type ReadDown = (
  first: number,
  last: number | undefined,
  top: number,
) => Promise<{ readonly commits: readonly StoredCommit[]; readonly cut: boolean }>

/**
 * A page of commits in ascending order, of rows that Azure returns newest first. One request where all commits from
 * `fromRevision` on fit on a page, as after a warm read, and for a single commit; else a second one, for revisions that will
 * fit. More only where commits are missing or differ much in size.
 */
export async function readUp(read: ReadDown, fromRevision: number, limit: number): Promise<RecordPage> {
  const most = Math.min(limit, maxPageEntities)
  if (most === 1) {
    const { commits } = await read(fromRevision, fromRevision, 1)
    if (commits.length > 0) return { commits, more: true }
  }
  const newest = await read(fromRevision, undefined, Math.min(most + 1, maxPageEntities))
  if (!newest.cut && newest.commits.length <= most) return ascending(newest.commits, false)

  const head = newest.commits[0]?.revision ?? 0
  let width = Math.min(newest.commits.length, most)
  for (let first = fromRevision; first <= head; ) {
    const { commits, cut } = await read(first, first + width - 1, maxPageEntities)
    const oldest = commits.at(-1)?.revision
    if (oldest === undefined) {
      // Nothing is there: commits are missing. Look at more of them at a time.
      first += width
      width *= 2
    } else if ((cut && oldest > first) || commits.length > most) {
      // The page ended before the oldest one.
      width = Math.min(commits.length, most, Math.max(1, oldest - first))
    } else return ascending(commits, first + width <= head)
  }
  return { commits: [], more: false }
}

function ascending(commits: readonly StoredCommit[], more: boolean): RecordPage {
  return { commits: commits.toReversed(), more }
}
