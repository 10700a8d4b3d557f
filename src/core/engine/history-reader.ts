import type { EntityKey } from '../base/entity-key.ts'
import type { HistoryReader } from './contract.ts'
import type { Run } from './run.ts'
import type { Shared } from './shared.ts'

/** A reader of history: each of its methods is part of one run. */
export function historyReader(
  { definition, journal, recovery, requests }: Shared,
  key: (entityId: string) => EntityKey,
  start: (entity: EntityKey) => Run,
): HistoryReader {
  const { entityType } = definition
  const run = start({ entityType, entityId: '' })
  const of = (entity: EntityKey): Run => ({ ...run, entity })
  const { entityIds } = journal
  return {
    definition,
    key,
    head: (entity) => recovery.head(of(entity)),
    recover: async (entity, upTo) => {
      const { revision, sequenceNr, state } = await recovery.recover(of(entity), upTo)
      return { revision, sequenceNr, state }
    },
    commits: (entity, range) => recovery.commits(entity, range, of(entity)),
    commit: (entity, revision) => recovery.commit(entity, revision, of(entity)),
    entityIds:
      entityIds &&
      ((list) => {
        const { tenant } = key('list')
        return requests.repeat(run, () =>
          requests.send('list entities', run, (request) =>
            entityIds({ ...list, entityType, tenant }, request),
          ),
        )
      }),
    cost: () => run.effort(1, undefined).cost,
  }
}
