import type { Commit } from '../journal/commit.ts'
import type { AnyEntity, TypedMessage } from '../entity/entity.ts'
import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import { TailfoldError } from '../base/errors.ts'
import { handlerFailed, journalCorrupt } from '../base/failures.ts'
import type { DurableState } from '../journal/journal.ts'
import { deepFreeze } from '../base/json.ts'
import { decodeRecent, type RecentCommands, remember, withReceipts } from '../journal/recent-commands.ts'
import type { SnapshotDistance } from '../entity/snapshot-policy.ts'

/** An entity as one reader knows it at a revision. Immutable; a fold makes a new one. */
export interface View {
  readonly entity: EntityKey
  readonly revision: number
  readonly sequenceNr: number
  readonly state: unknown
  readonly recent: RecentCommands
  /** Chain hash of the commit at `revision`; empty at revision 0. */
  readonly hash: string
  /** How far the newest durable state lies behind. */
  readonly distance: SnapshotDistance
}

/** The entity before its first commit, or at a durable state. `seen` are commits up to it that were read anyway. */
export function startView(
  definition: AnyEntity,
  entity: EntityKey,
  base: DurableState | undefined,
  seen: readonly Commit[] = [],
): View {
  if (base === undefined) {
    const distance = { events: 0, bytes: 0, stateBytes: 0 }
    return {
      entity,
      revision: 0,
      sequenceNr: 0,
      state: definition.initialState,
      recent: [],
      hash: '',
      distance,
    }
  }
  const { revision, sequenceNr, hash, stateBytes } = base
  const recent = withReceipts(decodeRecent(base.recent, revision), seen)
  const distance = { events: 0, bytes: 0, stateBytes }
  return { entity, revision, sequenceNr, state: deepFreeze(base.state), recent, hash, distance }
}

/**
 * Folds commits, in order. Throws `journal-corrupt` when a revision or sequence number is missing or stands twice,
 * and what {@link foldEvent} throws.
 */
export function foldCommits(definition: AnyEntity, view: View, commits: readonly Commit[]): View {
  let { revision, sequenceNr, state, recent, hash } = view
  let { events, bytes } = view.distance
  for (const commit of commits) {
    checkNext(view.entity, revision, sequenceNr, commit)
    for (const event of commit.events) state = foldEvent(definition, view.entity, ++sequenceNr, state, event)
    revision = commit.revision
    recent = remember(recent, commit, definition.dedupeWindow)
    hash = commit.hash
    const carriesState = commit.stateVersion === (definition.schemaVersion ?? 1)
    events = carriesState ? 0 : events + commit.events.length
    bytes = carriesState ? 0 : bytes + commit.bytes
  }
  const distance = { events, bytes, stateBytes: view.distance.stateBytes }
  return { entity: view.entity, revision, sequenceNr, state: deepFreeze(state), recent, hash, distance }
}

/** One step of the fold. Throws `unknown-event` when `onEvent` has no answer and `handler-failed` when it throws. */
export function foldEvent(
  definition: AnyEntity,
  entity: EntityKey,
  sequenceNr: number,
  state: unknown,
  event: unknown,
): unknown {
  let next: unknown
  try {
    next = definition.onEvent(state, event as TypedMessage)
  } catch (cause) {
    throw handlerFailed(entity, 'onEvent', `threw for event ${sequenceNr} of type ${eventType(event)}`, cause)
  }
  if (next === undefined) {
    throw new TailfoldError(
      'unknown-event',
      `onEvent of ${describeEntity(entity)} returned nothing for event ${sequenceNr} of type ${eventType(event)}: add a case for it (was it written by newer code?).`,
      { entity: describeEntity(entity), eventType: eventType(event), sequenceNr },
    )
  }
  return next
}

function checkNext(entity: EntityKey, revision: number, sequenceNr: number, commit: Commit): void {
  const problem =
    commit.revision !== revision + 1
      ? `revision ${commit.revision} follows revision ${revision}`
      : commit.lastSequenceNr !== sequenceNr + commit.events.length
        ? `it ends at sequence number ${commit.lastSequenceNr}, but has ${commit.events.length} events after ${sequenceNr}`
        : undefined
  if (problem !== undefined) throw journalCorrupt(entity, commit.revision, problem)
}

function eventType(event: unknown): string {
  return typeof event === 'object' && event !== null && 'type' in event
    ? String(event.type)
    : 'without a type'
}
