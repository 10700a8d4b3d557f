import type { AnyEntity, EntityDefinition } from '../entity/entity.ts'
import type { TypedMessage } from '../entity/message.ts'
import type { ReadOptions } from '../engine/engine-contract.ts'
import { checkEntityId, checkTenant } from '../base/entity-key.ts'
import { journalCorrupt } from '../base/failures.ts'
import type { EventJournal } from '../journal/event-journal.ts'
import { canonicalJson } from '../base/json.ts'
import { plainCommitLog } from '../journal/to-journal.ts'
import { foldCommits, startView } from '../engine/view.ts'

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
 * every event known to `onEvent`, and the stored state that a recovery would start from equal to the fold.
 * Throws `journal-corrupt`, `unknown-event` or `handler-failed`, naming the revision. Costs a read of everything.
 */
export async function verify<State, Event extends TypedMessage, Command extends TypedMessage>(
  definition: EntityDefinition<string, State, Event, Command>,
  journal: EventJournal,
  entityId: string,
  { tenant }: Pick<ReadOptions, 'tenant'> = {},
): Promise<VerifyReport> {
  checkTenant(tenant)
  checkEntityId(entityId)
  const code = definition as unknown as AnyEntity
  const log = journal.commitLog ?? plainCommitLog(journal)
  const entity = { tenant, entityType: code.entityType, entityId }
  const { base } = await log.recover(entity, { schemaVersion: code.schemaVersion ?? 1 })
  let view = startView(code, entity, undefined)
  for await (const page of log.commits(entity, { fromRevision: 1 })) {
    for (const commit of page) {
      view = foldCommits(code, view, [commit])
      if (base?.revision === commit.revision && canonicalJson(base.state) !== canonicalJson(view.state)) {
        const why = 'the state stored there differs from the fold of the events up to it; is onEvent pure?'
        throw journalCorrupt(entity, commit.revision, why)
      }
    }
  }
  return { revision: view.revision, sequenceNr: view.sequenceNr, stateRevision: base?.revision ?? 0 }
}
