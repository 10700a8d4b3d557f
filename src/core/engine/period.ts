import type { TailfoldError } from '../base/errors.ts'
import type { ResolvedEntity } from '../entity/entity.ts'
import type { Commit } from '../journal/commit.ts'
import {
  countKnown,
  type DroppedCommand,
  type RecentCommands,
  rememberOlder,
} from '../journal/recent-commands.ts'
import { readAgainIfCorrupt } from '../journal/read-again.ts'
import { asTailfoldError } from './requests.ts'
import type { Run } from './run.ts'
import { periodStart, type View } from './view.ts'

/** Bytes of commits read at most to rule out a repeat. */
const mostBytes = 4 * 1024 * 1024
/** Stop after this many consecutive commits older than the period. One is not enough, because clocks differ. */
const enoughOld = 16
const smallestRead = 16
const largestRead = 1_000

/** Reads consecutive commits, ascending. */
export type ReadCommits = (fromRevision: number, limit: number) => AsyncIterable<readonly Commit[]>

/** A view with the ids that were found, and what ended the reading before its time. */
export interface PeriodRead {
  readonly view: View
  readonly failure?: TailfoldError
}

/** What is needed of a commit to know its ids: the rest of a large page does not stay in memory. */
type CommitIds = Pick<Commit, 'revision' | 'receipts' | 'timestamp'>

/** True when an id that is not among the known ones was certainly not used within the period. */
export function knowsPeriod(definition: ResolvedEntity, { dropped }: RecentCommands, now: number): boolean {
  return dropped === undefined || dropped.time < periodStart(definition, now)
}

/**
 * Reads the commits of the period backward from where the known ids end, until they are older than the period or 4 MB or
 * half the time of the run are used up. What was read need not be read again, also where a later request failed.
 */
export async function readPeriod(
  definition: ResolvedEntity,
  view: View,
  run: Run,
  read: ReadCommits,
): Promise<PeriodRead> {
  const now = run.platform.now()
  const start = periodStart(definition, now)
  const endsAt = now + run.remainingMs() / 2
  let { recent } = view
  let size = firstRead(recent, start)
  let leftBytes = mostBytes
  let mayShrink = true
  run.countPeriodRead()
  try {
    while (!knowsPeriod(definition, recent, now) && leftBytes > 0 && run.platform.now() < endsAt) {
      const floor = recent.dropped as DroppedCommand
      const from = Math.max(1, floor.revision - size + 1)
      const part = await readAgainIfCorrupt(() => readPart(read(from, floor.revision - from + 1), leftBytes))
      if (part.bytes <= leftBytes) {
        recent = rememberOlder(recent, part.commits, floorAfter(part.commits, from, floor, start))
        size = Math.min(size * 2, largestRead)
      } else if (mayShrink) {
        // The commits are larger than expected. The newest of them alone are progress too.
        mayShrink = false
        size = Math.max(1, Math.floor((leftBytes * part.commits.length) / part.bytes / 2))
        continue
      }
      leftBytes -= part.bytes
    }
    return { view: { ...view, recent } }
  } catch (error) {
    return { view: { ...view, recent }, failure: asTailfoldError('read commits', error) }
  }
}

/** Reads until there are no more, or they are too large in all. */
async function readPart(
  pages: AsyncIterable<readonly Commit[]>,
  largest: number,
): Promise<{ readonly commits: readonly CommitIds[]; readonly bytes: number }> {
  const commits: CommitIds[] = []
  let bytes = 0
  for await (const page of pages) {
    for (const { revision, receipts, timestamp, bytes: size } of page) {
      commits.push({ revision, receipts, timestamp })
      bytes += size
    }
    if (bytes > largest) break
  }
  return { commits, bytes }
}

/** As many commits as the period has, at the rate of the ids that are known. */
function firstRead(recent: RecentCommands, start: number): number {
  const { dropped, time } = recent
  if (dropped === undefined) return smallestRead
  const perMs = countKnown(recent) / Math.max(1_000, time - dropped.time)
  const expected = Math.ceil(perMs * Math.max(0, dropped.time - start))
  return Math.min(Math.max(expected, smallestRead), largestRead)
}

/** What is still unknown after a read: nothing at the beginning, only old ids where enough commits were old. */
function floorAfter(
  commits: readonly CommitIds[],
  from: number,
  { time }: DroppedCommand,
  start: number,
): DroppedCommand | undefined {
  if (from === 1) return undefined
  const oldest = commits.slice(0, enoughOld)
  const isOld = oldest.length === enoughOld && oldest.every(({ timestamp }) => timestamp < start)
  return { revision: from - 1, time: isOld ? start - 1 : time }
}
