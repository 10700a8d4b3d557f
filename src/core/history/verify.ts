import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import { TailfoldError } from '../base/errors.ts'
import { canonicalJson } from '../base/json.ts'
import { emptyView, foldCommits, type View } from '../engine/view.ts'
import { type EntityDefinition, type ResolvedEntity, resolveEntity } from '../entity/entity.ts'
import type { TypedMessage } from '../entity/message.ts'
import type { EventJournal } from '../journal/event-journal.ts'
import type { Journal, StoredState } from '../journal/journal.ts'
import { readAgainIfCorrupt } from '../journal/read-again.ts'
import { checkedJournal, checkedKey, type TenantOption } from './arguments.ts'

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
 * What does not fit together is read once more from the start, for the journal may have been restored meanwhile.
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
  const code = resolveEntity(definition)
  const source = checkedJournal(journal)
  const entity = checkedKey(code.entityType, entityId, options)
  return readAgainIfCorrupt(() => readAll(code, source, entity), ['journal-corrupt', 'state-differs'])
}

async function readAll(code: ResolvedEntity, source: Journal, entity: EntityKey): Promise<VerifyReport> {
  const { base, droppedState } = await source.recover(entity, { schemaVersion: code.schemaVersion })
  let view = emptyView(code, entity)
  let difference: string | undefined
  for await (const page of source.commits(entity, { fromRevision: 1 })) {
    for (const commit of page) {
      view = foldCommits(code, view, [commit], false)
      if (base?.revision === commit.revision) difference = differenceOf(code, base, view)
    }
  }
  if (base !== undefined && base.revision > view.revision) difference = aheadOf(view, base)
  const problem = difference ?? (droppedState && `${droppedState}; ${unused}`)
  if (problem !== undefined) throw stateDiffers(entity, base?.revision ?? view.revision, problem)
  return { revision: view.revision, sequenceNr: view.sequenceNr, stateRevision: base?.revision ?? 0 }
}

const unused = 'it is not used, and the next snapshot replaces it'

/** How a stored state differs from the fold of the commits up to it; `undefined` when it does not. */
function differenceOf({ schemaVersion }: ResolvedEntity, base: StoredState, view: View): string | undefined {
  const which = `that of revision ${view.revision}`
  if (base.hash !== view.hash) return `${which} does not belong to the commit there; ${unused}`
  if (base.sequenceNr === view.sequenceNr && canonicalJson(base.state) === canonicalJson(view.state))
    return undefined
  return `${which} is not what onEvent makes of the events up to it. If onEvent or initialState has changed, raise schemaVersion to ${schemaVersion + 1}: states are then rebuilt from the events. If not, onEvent is not pure, or the snapshot was altered`
}

/** The journal that the state was read from held more commits than were read after it. */
function aheadOf(view: View, base: StoredState): string {
  return `that of revision ${base.revision} is newer than the newest commit, ${view.revision}; ${unused}`
}

function stateDiffers(entity: EntityKey, revision: number, problem: string): TailfoldError {
  const name = describeEntity(entity)
  const message = `The events of ${name} are sound, but a stored state is not: ${problem}.`
  return new TailfoldError('state-differs', message, { entity: name, revision, problem })
}
