import { startMeter } from '../../src/core/base/cost.ts'
import type { CurrentState, HistoryReader } from '../../src/core/engine/contract.ts'
import { foldEvent } from '../../src/core/engine/view.ts'
import type { AnyEntity, EntityDefinition, TypedMessage } from '../../src/core/entity/entity.ts'
import type { Journal } from '../../src/core/journal/journal.ts'

/** A reader that neither retries nor ends: what an engine's does, with nothing around it. */
export function historyReader<State, Event extends TypedMessage, Command extends TypedMessage>(
  entityDefinition: EntityDefinition<string, State, Event, Command>,
  journal: Journal,
  tenant?: string,
): HistoryReader & { requests(): number } {
  const definition = entityDefinition as unknown as AnyEntity
  const { entityType, schemaVersion = 1 } = definition
  const { meter, total } = startMeter()
  return {
    definition,
    key: (entityId) => (tenant === undefined ? { entityType, entityId } : { tenant, entityType, entityId }),
    async head(entity) {
      const { base, tail } = await journal.recover(entity, {}, { meter })
      let { revision, sequenceNr, hash } = base ?? { revision: 0, sequenceNr: 0, hash: '' }
      for await (const page of tail) {
        for (const commit of page) ({ revision, lastSequenceNr: sequenceNr, hash } = commit)
      }
      return { revision, sequenceNr, hash }
    },
    async recover(entity, upTo): Promise<CurrentState> {
      const { base, tail } = await journal.recover(entity, { schemaVersion, upTo }, { meter })
      const start = { revision: 0, sequenceNr: 0, state: definition.initialState }
      let { revision, sequenceNr, state } = base ?? start
      for await (const page of tail) {
        for (const commit of page) {
          for (const event of commit.events) state = foldEvent(definition, entity, ++sequenceNr, state, event)
          revision = commit.revision
        }
      }
      return { revision, sequenceNr, state }
    },
    commits: (entity, range) => journal.commits(entity, range, { meter }),
    async commit(entity, revision) {
      for await (const [commit] of journal.commits(entity, { fromRevision: revision, limit: 1 }, { meter }))
        return commit
      return undefined
    },
    entityIds:
      journal.entityIds && ((list) => journal.entityIds!({ ...list, entityType, tenant }, { meter })),
    cost: total,
    requests: () => total().requests,
  }
}
