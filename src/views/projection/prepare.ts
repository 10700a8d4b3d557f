import type { BatchConsumer } from '../../consumers/consumer.ts'
import type { Delivery } from '../../consumers/delivery.ts'
import { isPoison, passesByItself } from '../../consumers/handle-commits.ts'
import type { Hint } from '../../consumers/hints.ts'
import { entityOfKey, type SoundCommits, soundCommits } from '../../consumers/missing-commits.ts'
import type { Position } from '../../consumers/position-row.ts'
import type { EntityKey } from '../../core/base/entity-key.ts'
import type { Commit } from '../../core/journal/commit.ts'
import { changesOf, type RowChange } from './fold.ts'
import type { ProjectionShape } from './projection-shape.ts'

/** A live batch must end in time: an entity that is further behind is delivered apart, so many commits at a time. */
const mostMissing = 1_000

/** A commit, and what it changes. */
export interface Step {
  readonly commit: Commit
  readonly changes: readonly RowChange[]
}

/** Why an entity does not go on: a commit fails for good or for now, or too much is missing. */
export type Stop =
  | { readonly kind: 'poison' | 'later'; readonly error: unknown }
  | { readonly kind: 'behind' }

/** An entity with what it has to add. */
export interface Prepared extends SoundCommits {
  readonly hint: Hint
  readonly entity: EntityKey
  readonly position: Position
  readonly steps: readonly Step[]
  /** What follows the steps; absent where nothing keeps the entity. */
  readonly stop?: Stop | undefined
  /** Whether the head of the hint lies beyond the steps. */
  readonly more: boolean
}

/** Finds the commits of an entity after its position, and which rows they change. Throws what passes by itself. */
export async function prepare(
  projection: ProjectionShape,
  delivery: Delivery<BatchConsumer>,
  hint: Hint,
  position: Position,
  before: SoundCommits | undefined,
): Promise<Prepared> {
  const { journal, takesHeld, request, tally } = delivery
  const { key, head } = hint
  const first = position.revision
  const to = Math.min(head, first + mostMissing)
  const entity = entityOfKey(journal, key)
  const nothing = { hint, entity, position, commits: [], steps: [], more: false }
  if (head - first > mostMissing && !takesHeld) return { ...nothing, stop: { kind: 'behind' } }
  try {
    const read = before?.commits.filter(({ revision }) => revision > first) ?? []
    // Those of before do not follow a position that fell, as it does where the rows were dropped.
    const { commits, damage } =
      first < to && read[0]?.revision !== first + 1
        ? await soundCommits(
            journal,
            entity,
            first,
            { head: to, records: hint.records },
            { ...request, onRead: tally.read },
          )
        : { commits: read, damage: before?.damage }
    const { steps, stop = damage && stopAt(damage) } = stepsOf(
      projection,
      key,
      entity,
      commits,
      delivery.replay,
    )
    const last = commits.at(-1)?.revision ?? first
    return { hint, entity, position, commits, damage, steps, stop, more: last === to && to < head }
  } catch (error) {
    if (!isPoison(error)) throw error
    return { ...nothing, stop: { kind: 'poison', error } }
  }
}

/** The steps up to a commit whose rows cannot be found out. */
function stepsOf(
  projection: ProjectionShape,
  key: string,
  entity: EntityKey,
  commits: readonly Commit[],
  replay: boolean,
): Pick<Prepared, 'steps' | 'stop'> {
  const steps: Step[] = []
  for (const commit of commits) {
    try {
      steps.push({ commit, changes: changesOf(projection, key, entity, commit, replay) })
    } catch (error) {
      return { steps, stop: stopAt(error) }
    }
  }
  return { steps }
}

/** How an entity stops at an error. */
export function stopAt(error: unknown): Stop {
  return { kind: passesByItself(error) ? 'later' : 'poison', error }
}
