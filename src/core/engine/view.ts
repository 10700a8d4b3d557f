import { describeValue } from '../base/describe-value.ts'
import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import { isTailfoldError, TailfoldError } from '../base/errors.ts'
import { handlerFailed, journalCorrupt } from '../base/failures.ts'
import { frozenJson } from '../base/json.ts'
import { clockToleranceMs, type ResolvedEntity } from '../entity/entity.ts'
import type { TypedMessage } from '../entity/message.ts'
import type { SnapshotDistance } from '../entity/snapshot-policy.ts'
import type { Commit } from '../journal/commit.ts'
import type { CommitPosition, Recovered } from '../journal/journal.ts'
import {
  noCommands,
  type RecentCommands,
  remember,
  type Remembering,
  withReceipts,
} from '../journal/recent-commands.ts'
import { decodeRecent } from '../journal/recent-commands-record.ts'

/** A state and where in the history it is. */
export interface StateAt<State = unknown> {
  /** Number of commits; 0 when nothing was ever written. */
  readonly revision: number
  /** Number of events. */
  readonly sequenceNr: number
  readonly state: State
}

/** An entity as one reader knows it at a revision. Immutable; a fold makes a new one. */
export interface View extends StateAt, CommitPosition {
  readonly entity: EntityKey
  readonly recent: RecentCommands
  /** How far the newest stored state is behind. */
  readonly distance: SnapshotDistance
  /** True when a newer schema version holds the snapshot slot. */
  readonly slotIsNewer: boolean
}

const noDistance: SnapshotDistance = { events: 0, bytes: 0, stateBytes: 0 }

/** The entity before its first commit. */
export function emptyView(definition: ResolvedEntity, entity: EntityKey): View {
  return {
    entity,
    revision: 0,
    sequenceNr: 0,
    state: definition.initialState,
    recent: noCommands,
    hash: '',
    distance: noDistance,
    slotIsNewer: false,
  }
}

/** The entity at the stored state that a recovery found, before the commits after it. */
export function startView(
  definition: ResolvedEntity,
  entity: EntityKey,
  { base, seen, slotIsNewer }: Omit<Recovered, 'tail'>,
): View {
  if (base === undefined) return { ...emptyView(definition, entity), slotIsNewer }
  const { revision, sequenceNr, hash, stateBytes } = base
  return {
    entity,
    revision,
    sequenceNr,
    state: frozenJson(base.state, 'state'),
    recent: withReceipts(decodeRecent(base.recent, base), seen),
    hash,
    distance: { events: 0, bytes: 0, stateBytes },
    slotIsNewer,
  }
}

/**
 * Folds commits, in order. Throws `journal-corrupt` when a revision or sequence number is missing or comes twice, and
 * what {@link foldEvent} throws.
 *
 * A snapshot is written beside the commit that follows the view at which it fell due. `savedByWriters` takes that for
 * done: the commits were written while this process was watching, not found by a recovery.
 */
export function foldCommits(
  definition: ResolvedEntity,
  view: View,
  commits: readonly Commit[],
  savedByWriters: boolean,
): View {
  let { revision, sequenceNr, state, hash, distance } = view
  for (const commit of commits) {
    checkNext(view.entity, revision, sequenceNr, commit)
    if (savedByWriters && isSnapshotDue(definition, distance)) distance = { ...distance, events: 0, bytes: 0 }
    for (const event of commit.events) state = foldEvent(definition, view.entity, ++sequenceNr, state, event)
    revision = commit.revision
    hash = commit.hash
    distance = distanceAfter(definition, distance, commit)
  }
  const recent = remember(view.recent, commits, remembering(definition))
  return { ...view, revision, sequenceNr, state, recent, hash, distance }
}

/** How far the newest stored state is behind after one more commit. A commit without events counts as one event. */
export function distanceAfter(
  { schemaVersion }: Pick<ResolvedEntity, 'schemaVersion'>,
  { events, bytes, stateBytes }: SnapshotDistance,
  commit: Pick<Commit, 'events' | 'bytes' | 'inflatedBytes' | 'stateVersion'>,
): SnapshotDistance {
  if (commit.stateVersion === schemaVersion) return { events: 0, bytes: 0, stateBytes }
  const { inflatedBytes = commit.bytes } = commit
  return { events: events + Math.max(1, commit.events.length), bytes: bytes + inflatedBytes, stateBytes }
}

/** True when there is something to save and the policy asks for it. */
export function isSnapshotDue({ snapshotPolicy }: ResolvedEntity, distance: SnapshotDistance): boolean {
  return distance.events > 0 && snapshotPolicy(distance)
}

/** How long a reader keeps the ids of an entity. */
export function remembering({ dedupeWindow, dedupeForMs }: ResolvedEntity): Remembering {
  return { atLeast: dedupeWindow, periodMs: dedupeForMs + 2 * clockToleranceMs }
}

/** The time before which an id that is not known was certainly not used within the period. */
export function periodStart({ dedupeForMs }: ResolvedEntity, now: number): number {
  return now - dedupeForMs - clockToleranceMs
}

/** One step of the fold. Throws `unknown-event` when `onEvent` returns nothing, `handler-failed` when it throws. */
export function foldEvent(
  definition: ResolvedEntity,
  entity: EntityKey,
  sequenceNr: number,
  state: unknown,
  event: unknown,
): unknown {
  let next: unknown
  try {
    next = definition.onEvent(state, event as TypedMessage)
  } catch (cause) {
    throw handlerFailed(entity, 'onEvent', `threw for ${about(sequenceNr, event)}: ${whyOf(cause)}`, cause)
  }
  if (next === undefined) {
    throw new TailfoldError(
      'unknown-event',
      `onEvent of ${describeEntity(entity)} returned nothing for ${about(sequenceNr, event)}: add a case for it (was it written by newer code?).`,
      { entity: describeEntity(entity), eventType: eventType(event), sequenceNr },
    )
  }
  try {
    return next === state ? state : frozenJson(next, `state that onEvent returned`)
  } catch (cause) {
    if (!isTailfoldError(cause, 'not-json')) throw cause
    const promise = next instanceof Promise ? next : undefined
    // What it rejects with, nobody else handles.
    promise?.catch(() => {})
    const why = promise ? 'onEvent must not be async: it returned a Promise.' : cause.message
    const message = `${why} onEvent of ${describeEntity(entity)} returned it for ${about(sequenceNr, event)}.`
    throw new TailfoldError('not-json', message, cause.data)
  }
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

function about(sequenceNr: number, event: unknown): string {
  return `event ${sequenceNr} of type ${eventType(event)}`
}

/** What `onEvent` threw, for the operator: no caller sees it. */
function whyOf(cause: unknown): string {
  const why = cause instanceof Error ? cause.message.replace(/\.$/, '') : describeValue(cause)
  return /read.?only|extensible|delete property/.test(why)
    ? `${why} (states are frozen: return a new one)`
    : why
}

function eventType(event: unknown): string {
  return typeof event === 'object' && event !== null && 'type' in event
    ? String(event.type)
    : 'without a type'
}
