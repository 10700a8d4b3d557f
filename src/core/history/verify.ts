import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import { TailfoldError } from '../base/errors.ts'
import { journalCorrupt } from '../base/failures.ts'
import { canonicalJson } from '../base/json.ts'
import { foldEvent } from '../engine/view.ts'
import type { EntityDefinition, ResolvedEntity } from '../entity/entity.ts'
import type { TypedMessage } from '../entity/message.ts'
import type { Commit } from '../journal/commit.ts'
import type { EventJournal } from '../journal/event-journal.ts'
import type { Journal, Recovered, StoredState } from '../journal/journal.ts'
import { checkedDefinition, checkedJournal, checkedKey, type TenantOption } from './arguments.ts'

/** What {@link verify} read. */
export interface VerifyReport {
  /** Commits read; the newest revision. */
  readonly revision: number
  /** Events folded. */
  readonly sequenceNr: number
  /** Revision of the stored state that was compared with the fold; 0 when none is stored for this schema version. */
  readonly stateRevision: number
}

/**
 * Reads the whole history of an entity and checks that revisions are dense, sequence numbers contiguous, hashes chained,
 * every event known to `onEvent`, and the stored state that a recovery would start from equal to the fold and stored
 * with the hash of its commit. Costs a read of everything; writes nothing.
 *
 * Throws `journal-corrupt`, `unknown-event` or `handler-failed`, naming the revision or event. Throws `state-differs`
 * where all events are sound but the stored state is not what this code makes of them: raise `schemaVersion`, or see the
 * message. Throws `invalid-id`, and `TypeError` on arguments of another kind.
 */
export async function verify<State, Event extends TypedMessage, Command extends TypedMessage>(
  definition: EntityDefinition<string, State, Event, Command>,
  journal: Journal | EventJournal,
  entityId: string,
  options: TenantOption = {},
): Promise<VerifyReport> {
  const code = checkedDefinition(definition)
  const entity = checkedKey(code.entityType, entityId, options)
  const source = checkedJournal(journal)
  const recovered = await source.recover(entity, { schemaVersion: code.schemaVersion })
  const { base } = recovered
  let read = { revision: 0, sequenceNr: 0 }
  let state: unknown = code.initialState
  let difference: string | undefined
  for await (const page of source.commits(entity, { fromRevision: 1 })) {
    for (const commit of page) {
      checkNext(entity, read, commit)
      for (const event of commit.events) {
        read = { revision: commit.revision, sequenceNr: read.sequenceNr + 1 }
        state = foldEvent(code, entity, read.sequenceNr, state, event)
      }
      read = { revision: commit.revision, sequenceNr: commit.lastSequenceNr }
      if (base?.revision === commit.revision) difference = differenceOf(code, base, commit, state)
    }
  }
  const isAhead = base !== undefined && base.revision > read.revision
  const problem = isAhead
    ? `the commits end at revision ${read.revision}`
    : (difference ?? droppedProblem(recovered))
  if (problem !== undefined) throw stateDiffers(entity, base?.revision ?? read.revision, problem)
  return { ...read, stateRevision: base?.revision ?? 0 }
}

function checkNext(
  entity: EntityKey,
  { revision, sequenceNr }: Pick<VerifyReport, 'revision' | 'sequenceNr'>,
  commit: Commit,
): void {
  const count = commit.events.length
  const problem =
    commit.revision !== revision + 1
      ? `revision ${commit.revision} follows revision ${revision}`
      : commit.lastSequenceNr !== sequenceNr + count
        ? `it ends at sequence number ${commit.lastSequenceNr}, but has ${count} events after ${sequenceNr}`
        : undefined
  if (problem !== undefined) throw journalCorrupt(entity, commit.revision, problem)
}

/** How a stored state differs from what the commits up to it give; `undefined` when it does not. */
function differenceOf(
  { schemaVersion }: ResolvedEntity,
  base: StoredState,
  commit: Commit,
  state: unknown,
): string | undefined {
  if (base.hash !== commit.hash) {
    return 'it does not belong to the commit there, as after a restore. It is not used; the next snapshot replaces it'
  }
  if (base.sequenceNr === commit.lastSequenceNr && canonicalJson(base.state) === canonicalJson(state))
    return undefined
  return `onEvent makes another state of the events up to it. If onEvent or initialState has changed, raise schemaVersion to ${schemaVersion + 1}: states are then rebuilt from the events. If not, onEvent is not pure, or the snapshot was altered`
}

function droppedProblem({ droppedState }: Recovered): string | undefined {
  return droppedState && `it is not used: ${droppedState}. The next snapshot replaces it`
}

function stateDiffers(entity: EntityKey, revision: number, problem: string): TailfoldError {
  const name = describeEntity(entity)
  return new TailfoldError(
    'state-differs',
    `The events of ${name} are sound, but not the state stored at revision ${revision}: ${problem}.`,
    { entity: name, revision, problem },
  )
}
