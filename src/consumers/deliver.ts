import { isTailfoldError } from '../core/base/errors.ts'
import type { Change } from '../core/journal/journal.ts'
import type { EventConsumer } from './consumer.ts'
import type { Delivery } from './delivery.ts'
import { lastRevisionBefore } from './first-position.ts'
import { handleCommits, isPoison, type Handled } from './handle-commits.ts'
import { type Hint, hintsOf } from './hints.ts'
import { entityOfKey, soundCommits } from './missing-commits.ts'
import { inParallel } from './parallel.ts'
import { holdAt, type Position } from './position-row.ts'
import type { ParkedEntity } from './tally.ts'

type EventDelivery = Delivery<EventConsumer>

/** Entities handled at once. */
const lanes = 16
/** A live batch must end in time: what is further behind is delivered apart. */
const mostMissing = 1_000
/** Each refusal is another process that came further. */
const mostRefusals = 20

/**
 * Delivers a batch of changes to one consumer. A change is a hint that an entity has reached a revision; the journal is the
 * truth. What was handled is skipped by position, what is missing is read, so order, repeats and losses in the batch do not
 * matter. Entities do not wait for each other. Never throws: what failed is in the tally.
 */
export async function deliver(delivery: EventDelivery, changes: readonly Change[]): Promise<void> {
  const { consumer, positions, request, tally } = delivery
  const hints = hintsOf(changes, consumer.entityTypes)
  const keys = hints.map(({ key }) => key)
  try {
    const known = await positions.read(keys, request)
    await inParallel(hints, lanes, async (hint) => deliverEntity(delivery, hint, known.get(hint.key)))
  } catch (error) {
    for (const hint of hints) tally.failed(hint, error)
  }
}

/** Brings one entity up to the head of a hint. */
export async function deliverEntity(delivery: EventDelivery, hint: Hint, known?: Position): Promise<void> {
  const { positions, tally, request, takesHeld } = delivery
  try {
    let position = known ?? (await positions.readAgain(hint.key, request))
    /** Parked by a write of unknown outcome. */
    let perhapsParked: ParkedEntity | undefined
    for (let refusals = 0; refusals < mostRefusals; ) {
      if (position.stored && position.revision >= hint.head) return tally.repeated(hint.places.length)
      const { hold } = position
      if (hold?.state === 'parked' && perhapsParked?.revision === position.revision + 1)
        return tally.parked(perhapsParked)
      if (hold?.state === 'parked' || (hold !== undefined && !takesHeld)) return tally.held()
      const next = await handleNext(delivery, hint, position)
      if (!next.handled && next.hold === hold) return
      if (!(await move(delivery, hint.key, position, next))) {
        refusals += 1
        perhapsParked = next.parked
        position = await positions.readAgain(hint.key, request)
        continue
      }
      if (next.parked !== undefined) return tally.parked(next.parked)
      if (!next.more) return
      position = { revision: next.revision, hold: next.hold, stored: true }
    }
    throw new Error(`The position of ${hint.key} was moved elsewhere ${mostRefusals} times in a row.`)
  } catch (error) {
    tally.failed(hint, error)
  }
}

/** Where an entity is after a step. */
interface Next extends Pick<Position, 'revision' | 'hold'> {
  /** Whether a commit was handled. */
  readonly handled: boolean
  readonly parked?: ParkedEntity
  /** True when the head has not been reached. */
  readonly more?: boolean
}

/** Handles what is missing, at most a page of it. */
async function handleNext(delivery: EventDelivery, hint: Hint, position: Position): Promise<Next> {
  const { consumer, journal, platform, tally, request } = delivery
  const { key, head } = hint
  const now = platform.now()
  const first = await firstRevision(delivery, hint, position)
  if (head - first > mostMissing && !delivery.takesHeld) {
    tally.held()
    return { revision: first, handled: false, hold: holdAt('behind', now, undefined) }
  }
  const to = Math.min(head, first + mostMissing)
  const { commits, failure } = await readAndHandle()
  const revision = first + commits
  const handled = commits > 0
  if (failure?.kind === 'poison') {
    const hold = holdAt('parked', now, position.hold, failure.error)
    return { revision, handled, hold, parked: { key, revision: revision + 1, error: failure.error } }
  }
  if (failure !== undefined) {
    tally.failed(hint, failure.error)
    return { revision, handled, hold: position.hold }
  }
  const more = revision === to && to < head
  return { revision, handled, hold: more ? holdAt('behind', now, position.hold) : undefined, more }

  async function readAndHandle(): Promise<Handled> {
    try {
      const entity = entityOfKey(journal, key)
      const wanted = { head: to, records: hint.records }
      const reading = { ...request, onRead: tally.read }
      const { commits, damage } = await soundCommits(journal, entity, first, wanted, reading)
      const handled = await handleCommits(consumer, key, entity, commits, delivery)
      tally.handled(commits.slice(0, handled.commits), platform.now())
      if (damage === undefined || handled.failure !== undefined) return handled
      return { ...handled, failure: { kind: 'poison', error: damage } }
    } catch (error) {
      if (!isPoison(error)) throw error
      return { commits: 0, failure: { kind: 'poison', error } }
    }
  }
}

/** The commit after which delivery begins. */
async function firstRevision(delivery: EventDelivery, hint: Hint, position: Position): Promise<number> {
  const { journal, startTime, request } = delivery
  if (position.stored || startTime === undefined) return position.revision
  return lastRevisionBefore(journal, entityOfKey(journal, hint.key), hint, startTime, request)
}

/** Moves a position. A move of unknown outcome counts as refused: reading the position again settles it. */
async function move(
  { positions, request }: EventDelivery,
  key: string,
  from: Position,
  { revision, hold }: Next,
): Promise<boolean> {
  try {
    return await positions.move(key, from, { revision, hold }, request)
  } catch (error) {
    if (!isTailfoldError(error, 'store-unavailable') || error.data.applied === 'no') throw error
    return false
  }
}
