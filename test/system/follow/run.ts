import { setTimeout as delay } from 'node:timers/promises'
import { createEngine, systemPlatform } from 'tailfold'
import { readViews } from 'tailfold/views'
import { seededRandom } from '../../../src/testing/virtual-platform.ts'
import { type Acknowledged, type Account, missingSights, violationsOf } from './check.ts'
import { account, balances, deposits, type SeenEvent } from './consumers.ts'
import { type OpenPlace, openPlace, type Place } from './place.ts'
import { keepRunning } from './processes.ts'

/** A run: writers and one follower, one of them killed at a time. */
export interface FollowOptions {
  readonly place: Place
  readonly seconds: number
  /** Processes that write. */
  readonly writers: number
  /** Decides who is killed. */
  readonly seed: number
}

/** What a run did, and what it broke. */
export interface FollowReport {
  readonly seed: number
  readonly acknowledged: number
  readonly events: number
  /** Events that the consumer saw again after a kill. */
  readonly repeats: number
  readonly kills: { readonly writers: number; readonly follower: number }
  /** Milliseconds from the end of the writers until all was seen. */
  readonly drainedAfterMs: number
  readonly violations: readonly string[]
}

const accounts = Array.from({ length: 8 }, (_, index) => `acc-${index}`)
const killEveryMs = 1_000
/** One kill of so many is the follower's: the next one waits for its lease, five seconds, and must get to read. */
const followerEvery = 8
const longestDrainMs = 60_000

/** Lets processes write and one follow, kills one each second, the follower among them, lets the follower catch up, and checks what it did. */
export async function runFollow({ place, seconds, writers, seed }: FollowOptions): Promise<FollowReport> {
  const random = seededRandom(seed)
  const acknowledged: Acknowledged[] = []
  const seen: SeenEvent[] = []
  const args = [JSON.stringify(place), JSON.stringify(accounts)]
  const writing = Array.from({ length: writers }, () =>
    keepRunning('writer.ts', args, (line) => void acknowledged.push(line as Acknowledged)),
  )
  const following = keepRunning('follower.ts', args, (line) => void seen.push(line as SeenEvent))
  const kills = { writers: 0, follower: 0 }
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; ) {
    await delay(killEveryMs)
    const isFollower = (kills.writers + kills.follower) % followerEvery === 2
    const chosen = isFollower ? following : writing[Math.floor(random() * writers)]
    kills[isFollower ? 'follower' : 'writers'] += 1
    chosen?.kill()
  }
  await Promise.all(writing.map(async (writer) => writer.end()))
  const opened = await openPlace(place)
  try {
    const startedAt = performance.now()
    let found = await accountsIn(opened)
    while (!isDrained(found, seen) && performance.now() - startedAt < longestDrainMs) {
      await delay(100)
      found = await accountsIn(opened)
    }
    const drainedAfterMs = Math.round(performance.now() - startedAt)
    await following.end()
    const events = found.reduce((sum, { sequenceNr }) => sum + sequenceNr, 0)
    const violations = violationsOf(found, acknowledged, seen)
    const told = { seed, acknowledged: acknowledged.length, events, repeats: seen.length - events, kills }
    return { ...told, drainedAfterMs, violations }
  } finally {
    await opened.close()
  }
}

const isDrained = (found: readonly Account[], seen: readonly SeenEvent[]) =>
  missingSights(found, seen) === 0 &&
  found.every(
    ({ sequenceNr, balance, row, deposited }) => row?.balance === balance && deposited?.count === sequenceNr,
  )

/** Each account as the journal has it, with what the views make of it. */
function accountsIn({ journal, rows }: OpenPlace): Promise<readonly Account[]> {
  const engine = createEngine(account, { journal, platform: systemPlatform })
  const read = readViews({ journal, rows, views: [balances, deposits] })
  return Promise.all(
    accounts.map(async (entityId) => {
      const { state, sequenceNr } = await engine.read(entityId)
      const row = (await read.balances.get(entityId))?.row
      const deposited = (await read.deposits.get(entityId))?.row
      return { entityId, sequenceNr, balance: state.balance, row, deposited }
    }),
  )
}

/** One line a person can read, and below it what broke. */
export function describeFollow(report: FollowReport): string {
  const { seed, acknowledged, events, repeats, kills, drainedAfterMs, violations } = report
  const told = `seed ${seed}: ${acknowledged} commands acknowledged, ${events} events, ${kills.writers} writers and the follower ${kills.follower} times killed`
  const end = `${repeats} events seen again, all seen ${drainedAfterMs} ms after the last write, ${violations.length} violations`
  return [`${told}; ${end}`, ...violations].join('\n  ')
}
