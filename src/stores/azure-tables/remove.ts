import type { RequestOptions } from '../../core/base/cost.ts'
import { maxOperations, sendBatch } from './batch.ts'
import type { TableClient } from './client.ts'
import { type Continuation, entityPath, type EntityQuery, queryPage, rowsOf } from './entities.ts'
import {
  commandIdRows,
  commitRows,
  isSnapshotBeside,
  type Place,
  type RowRange,
  rowsBeside,
  snapshotRowOf,
} from './keys.ts'
import type { Entity } from './stored-form.ts'

/** Deletions under way at once in a sweep. */
const atOnce = 16

/**
 * Removes the commits after a revision, the snapshots newer than it and the command ids of those commits; resolves with how
 * many commits. Snapshots go first and commits from the newest on: an interruption leaves no snapshot beyond the end and no
 * new gap.
 */
export async function truncate(
  client: TableClient,
  place: Place,
  lastRevision: number,
  request: RequestOptions | undefined,
): Promise<number> {
  const find = (range: RowRange, where = '') =>
    rowsFound(client, 'truncate', { filter: rowsOf(place.partition, range) + where }, request)
  const remove = (pages: AsyncIterable<readonly Entity[]>, isMeant?: (rowKey: string) => boolean) =>
    removeTogether(client, pages, request, isMeant)

  const slot = snapshotRowOf(place)
  await remove(find({ from: slot, before: `${slot}-` }, ` and sr gt ${lastRevision}L`))
  if (place.rows === '')
    await remove(find(rowsBeside(place), ` and sr gt ${lastRevision}L`), isSnapshotBeside)
  const removed = await remove(find(commitRows(place, lastRevision + 1)))
  await remove(find(commandIdRows(place), ` and r gt ${lastRevision}L`))
  return removed
}

/** Removes command ids that expired before a time; resolves with how many. Reads the whole table. */
export async function sweep(
  client: TableClient,
  beforeEpochSeconds: number,
  request: RequestOptions | undefined,
): Promise<number> {
  let removed = 0
  const filter = `x lt ${Math.trunc(beforeEpochSeconds)}L`
  for await (const found of rowsFound(client, 'sweep', { filter, versions: true }, request)) {
    const rest = [...found]
    const removeNext = async (): Promise<void> => {
      for (let entity = rest.pop(); entity !== undefined; entity = rest.pop())
        if (await removeUnchanged(client, entity, request)) removed++
    }
    await Promise.all(Array.from({ length: atOnce }, removeNext))
  }
  return removed
}

/** An id that was used again meanwhile, and so has another version, stays. */
async function removeUnchanged(
  client: TableClient,
  entity: Entity,
  request: RequestOptions | undefined,
): Promise<boolean> {
  const { refusal } = await client.send(
    'sweep',
    {
      method: 'DELETE',
      path: `/${client.tableName}${entityPath(entity)}`,
      headers: { 'if-match': entity['odata.etag'] ?? '*' },
      writes: 1,
      answers: ['UpdateConditionNotSatisfied', 'ResourceNotFound'],
    },
    request,
  )
  return refusal === undefined
}

async function* rowsFound(
  client: TableClient,
  operation: string,
  query: EntityQuery,
  request: RequestOptions | undefined,
): AsyncGenerator<readonly Entity[]> {
  const select = query.versions ? {} : { select: ['PartitionKey', 'RowKey'] }
  for (let from: Continuation | undefined; ; ) {
    const { entities, next } = await queryPage(client, operation, { ...query, ...select, from }, request)
    yield entities
    if (next === undefined) return
    from = next
  }
}

async function removeTogether(
  client: TableClient,
  pages: AsyncIterable<readonly Entity[]>,
  request: RequestOptions | undefined,
  isMeant: (rowKey: string) => boolean = () => true,
): Promise<number> {
  let removed = 0
  for await (const page of pages) {
    const entities = page.filter(({ RowKey = '' }) => isMeant(RowKey))
    for (let start = 0; start < entities.length; start += maxOperations) {
      const batch = entities.slice(start, start + maxOperations)
      const operations = batch.map((entity) => ({ kind: 'delete' as const, entity }))
      await sendBatch(client, 'truncate', operations, [], request)
      removed += batch.length
    }
  }
  return removed
}
