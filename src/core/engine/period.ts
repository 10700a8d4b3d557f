import type { EntityKey } from '../base/entity-key.ts'
import type { ResolvedEntity } from '../entity/entity.ts'
import type { Commit } from '../journal/commit.ts'
import { type DroppedCommand, type RecentCommands, rememberOlder } from '../journal/recent-commands.ts'
import type { Run } from './run.ts'
import { periodStart, type View } from './view.ts'

/** Bytes of commits read at most to rule out a repeat. */
const mostBytes = 4 * 1024 * 1024
/** Commits older than the period, one after the other, after which no younger one is expected: clocks differ. */
const enoughOld = 16
const smallestRead = 16
const largestRead = 1_000

/** Reads consecutive commits, ascending. */
export type ReadCommits = (
  entity: EntityKey,
  fromRevision: number,
  limit: number,
) => AsyncIterable<readonly Commit[]>

/** True when an id that is not among the known ones was certainly not used within the period. */
export function knowsPeriod(definition: ResolvedEntity, { dropped }: RecentCommands, now: number): boolean {
  return dropped === undefined || dropped.time < periodStart(definition, now)
}

/**
 * Reads the commits of the period backward from where the known ids end, until they are older than the period or 4 MB or
 * half the time of the run are used up. Returns the view with the ids it found; what was read need not be read again.
 */
export async function readPeriod(
  definition: ResolvedEntity,
  view: View,
  run: Run,
  read: ReadCommits,
): Promise<View> {
  const now = run.platform.now()
  const start = periodStart(definition, now)
  const halfTimeMs = run.remainingMs() / 2
  let { recent } = view
  let size = firstRead(recent, start)
  let bytes = 0
  run.readPeriod()
  while (!knowsPeriod(definition, recent, now) && bytes < mostBytes && run.remainingMs() > halfTimeMs) {
    const floor = recent.dropped as DroppedCommand
    const from = Math.max(1, floor.revision - size + 1)
    const commits: Commit[] = []
    for await (const page of read(view.entity, from, floor.revision - from + 1)) commits.push(...page)
    bytes += commits.reduce((sum, commit) => sum + commit.bytes, 0)
    recent = rememberOlder(recent, commits, floorAfter(commits, from, floor, start))
    size = Math.min(size * 2, largestRead)
  }
  return { ...view, recent }
}

/** As many commits as the period has, at the rate of the ids that are known. */
function firstRead({ commands, dropped, time }: RecentCommands, start: number): number {
  if (dropped === undefined) return smallestRead
  const perMs = commands.length / Math.max(1_000, time - dropped.time)
  const expected = Math.ceil(perMs * Math.max(0, dropped.time - start))
  return Math.min(Math.max(expected, smallestRead), largestRead)
}

/** What is still unknown after a read: nothing at the beginning, only old ids where enough commits were old. */
function floorAfter(
  commits: readonly Commit[],
  from: number,
  { time }: DroppedCommand,
  start: number,
): DroppedCommand | undefined {
  if (from === 1) return undefined
  const oldest = commits.slice(0, enoughOld)
  const isOld = oldest.length === enoughOld && oldest.every(({ timestamp }) => timestamp < start)
  return { revision: from - 1, time: isOld ? start - 1 : time }
}
