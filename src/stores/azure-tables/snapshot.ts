import type { RequestOptions } from '../../core/base/cost.ts'
import type { StoredSnapshot } from '../../journal/store.ts'
import type { TableClient } from './client.ts'
import { entityPath } from './entities.ts'
import { type Place, snapshotRowOf } from './keys.ts'
import { type Entity, jsonOf, snapshotEntity } from './stored-form.ts'

/**
 * Puts a snapshot into its slot unless a newer one is there. Reads what is there and replaces exactly that, by its version:
 * two requests, and two more for each writer that came in between.
 */
export async function saveSnapshot(
  client: TableClient,
  place: Place,
  snapshot: StoredSnapshot,
  text: string,
  request: RequestOptions | undefined,
): Promise<void> {
  const entity = snapshotEntity(place, snapshot, text)
  for (;;) {
    const present = await presentAt(client, place, request)
    if (present !== undefined && isNewer(present, snapshot)) return
    if (await replace(client, entity, present?.version, request)) return
  }
}

interface Present {
  readonly revision: number
  readonly schemaVersion: number
  readonly version: string
}

async function presentAt(
  { send, tableName }: TableClient,
  place: Place,
  request: RequestOptions | undefined,
): Promise<Present | undefined> {
  const path = `/${tableName}${entityPath({ PartitionKey: place.partition, RowKey: snapshotRowOf(place) })}`
  const { refusal, headers, text } = await send(
    'save a snapshot',
    { method: 'GET', path, query: { $select: 'sr,sv' }, writes: 0, answers: ['ResourceNotFound'] },
    request,
  )
  if (refusal !== undefined) return undefined
  const { sr, sv } = JSON.parse(text) as Entity
  return { revision: Number(sr), schemaVersion: Number(sv), version: headers.get('etag') ?? '*' }
}

function isNewer(present: Present, { revision, schemaVersion }: StoredSnapshot): boolean {
  if (present.schemaVersion !== schemaVersion) return present.schemaVersion > schemaVersion
  return present.revision > revision
}

/** Inserts the entity, or replaces the version that is there. Resolves with whether another writer came first. */
async function replace(
  { send, tableName }: TableClient,
  entity: Entity,
  version: string | undefined,
  request: RequestOptions | undefined,
): Promise<boolean> {
  const isNew = version === undefined
  const { refusal } = await send(
    'save a snapshot',
    {
      method: isNew ? 'POST' : 'PUT',
      path: `/${tableName}${isNew ? '' : entityPath(entity)}`,
      headers: isNew ? { prefer: 'return-no-content' } : { 'if-match': version },
      body: jsonOf(entity),
      writes: 1,
      answers: ['EntityAlreadyExists', 'UpdateConditionNotSatisfied', 'ResourceNotFound'],
    },
    request,
  )
  return refusal === undefined
}
