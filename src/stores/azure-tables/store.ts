import type { OptionNames } from '../../core/base/check-options.ts'
import { checkStoreOptions } from '../../journal/store-options.ts'
import { checkWholeBytes } from '../../core/base/describe-value.ts'
import { recordText } from '../../journal/record-text.ts'
import type { Store, StoredCommandId, StoredCommit, StoredSnapshot } from '../../journal/store.ts'
import { maxOperations, sendBatch } from './batch.ts'
import { maxPageEntities, queryFilledPage, rowsOf } from './entities.ts'
import { commandIdRow, commitRows, placeOf, recordRows, revisionIn } from './keys.ts'
import { listKeys } from './list.ts'
import { readUp } from './range.ts'
import { sweep, truncate } from './remove.ts'
import { type AzureTableOptions, tableOf, verifyTable } from './schema.ts'
import { saveSnapshot } from './snapshot.ts'
import { commandIdEntity, commitEntity, type Entity, jsonOf, mostRecordBytes, textOf } from './stored-form.ts'

/** Options of {@link azureTablesStore}. */
export interface AzureTablesStoreOptions extends AzureTableOptions {
  /**
   * Whether entities can be listed. A list reads the rows of the entities it lists, up to 1,000 a request and at least one
   * request for each long entity. Default false.
   */
  readonly listEntities?: boolean
  /** Largest record in bytes, up to 520,000. Default 400 KB, as on DynamoDB, so that what works here works there. */
  readonly maxRecordBytes?: number
}

/**
 * Azure bills transactions, whatever the size of what they write: a state of up to 4 KB rides with its commit, which is no
 * more to read.
 */
const billedBytes = 4 * 1024

const alreadyExists = 'EntityAlreadyExists'

const optionNames: OptionNames<AzureTablesStoreOptions> = {
  connectionString: true,
  endpoint: true,
  token: true,
  fetch: true,
  tableName: true,
  listEntities: true,
  maxRecordBytes: true,
}

/**
 * A store in Azure Table Storage: one request for every append and recovery. Reads and writes of one entity are in one
 * partition, and strongly consistent. The table must exist.
 *
 * It has no change feed, as nothing in it is atomic or ordered across partitions, and does not compare `previousHash`.
 *
 * @throws `TypeError` for wrong options.
 */
export function azureTablesStore(options: AzureTablesStoreOptions): Store {
  checkStoreOptions('an Azure Tables store', options, optionNames)
  const client = tableOf(options)
  const { tableName, send } = client
  const { listEntities = false, maxRecordBytes = 400 * 1024 } = options
  checkWholeBytes('maxRecordBytes', maxRecordBytes)
  if (maxRecordBytes > mostRecordBytes)
    throw new TypeError(`maxRecordBytes must be at most ${mostRecordBytes}, not ${maxRecordBytes}.`)
  const records = recordText(maxRecordBytes)

  const recordIn = (key: string, revision: number, entity: Entity) =>
    records.decode(textOf(entity), { key, revision })

  return {
    limits: { maxRecordBytes, billedBytes, maxCommandIds: maxOperations - 1 },
    units: { read: 'read transaction', write: 'write transaction' },
    recordBytes: (key, _revision, record) => records.bytes(key, record),

    async append(key, revision, record, request = {}) {
      const place = placeOf(key)
      const entity = commitEntity(place, revision, records.encode(key, 'commit', record))
      const ids = onceEach(request.ids ?? [])
      const { refusal } =
        ids.length === 0
          ? await send(
              'append',
              {
                method: 'POST',
                path: `/${tableName}`,
                headers: { prefer: 'return-no-content' },
                body: jsonOf(entity),
                writes: 1,
                answers: [alreadyExists],
              },
              request,
            )
          : await sendBatch(
              client,
              'append',
              [
                { kind: 'insert', entity },
                ...ids.map((id) => ({ kind: 'put', entity: commandIdEntity(place, revision, id) }) as const),
              ],
              [alreadyExists],
              request,
            )
      return refusal === undefined ? { kind: 'appended' } : { kind: 'occupied', record: undefined }
    },

    async findCommandId(key, commandId, request) {
      const place = placeOf(key)
      const filter = `PartitionKey eq '${place.partition}' and RowKey eq '${commandIdRow(place, commandId)}'`
      const { entities } = await queryFilledPage(
        client,
        'find a command id',
        { filter, select: ['r'] },
        request,
      )
      return entities[0] && Number(entities[0]['r'])
    },

    async recover(key, limit, request) {
      const place = placeOf(key)
      const filter = rowsOf(place.partition, recordRows(place))
      const top = Math.min(limit + 1, maxPageEntities)
      const commits: StoredCommit[] = []
      let snapshot: StoredSnapshot | undefined
      for (let from; ; ) {
        const { entities, next } = await queryFilledPage(client, 'recover', { filter, top, from }, request)
        for (const entity of entities) {
          const revision = revisionIn(place, entity['RowKey'] ?? '')
          if (revision === undefined) snapshot = snapshotIn(entity)
          else commits.push({ revision, record: recordIn(key, revision, entity) })
        }
        const mayHaveMore = next !== undefined || commits.length > limit
        if (commits.length > 0 || next === undefined) {
          const newest = commits.slice(0, limit)
          return { snapshot, commits: newest, more: mayHaveMore && newest.at(-1)?.revision !== 1 }
        }
        from = next
      }

      function snapshotIn(entity: Entity): StoredSnapshot {
        const revision = Number(entity['sr'])
        return { revision, schemaVersion: Number(entity['sv']), record: recordIn(key, revision, entity) }
      }
    },

    range(key, fromRevision, limit, request) {
      const place = placeOf(key)
      return readUp(
        async (first, last, top) => {
          const filter = rowsOf(place.partition, commitRows(place, first, last))
          const { entities, next } = await queryFilledPage(client, 'read a range', { filter, top }, request)
          const commits = entities.map((entity) => {
            const revision = revisionIn(place, entity['RowKey'] ?? '') ?? 0
            return { revision, record: recordIn(key, revision, entity) }
          })
          return { commits, cut: next !== undefined || entities.length === top }
        },
        fromRevision,
        limit,
      )
    },

    ...(listEntities && {
      keys: (prefix: string, after: string, limit: number, request?: Parameters<Store['recover']>[2]) =>
        listKeys(client, prefix, after, limit, request),
    }),

    async saveSnapshot(key, snapshot, request) {
      const text = records.encode(key, 'snapshot', snapshot.record)
      await saveSnapshot(client, placeOf(key), snapshot, text, request)
    },

    sweep: (beforeEpochSeconds, request) => sweep(client, beforeEpochSeconds, request),
    truncate: (key, lastRevision, request) => truncate(client, placeOf(key), lastRevision, request),
    verify: () => verifyTable(options),
  }
}

/** Each id once, with its last expiry: a batch does not write a row twice. */
function onceEach(ids: readonly StoredCommandId[]): readonly StoredCommandId[] {
  return ids.length < 2 ? ids : [...new Map(ids.map((id) => [id.commandId, id])).values()]
}
