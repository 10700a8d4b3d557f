import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createTable,
  dynamoDbClient,
  dynamoDbScan,
  dynamoDbStore,
} from '../../../src/stores/dynamodb/index.ts'
import { createRowsTable, dynamoDbRows } from '../../../src/stores/dynamodb/rows/index.ts'
import { sqliteRows, sqliteStore } from '../../../src/stores/sqlite/index.ts'
import { startDynamoDbLocal } from '../../../src/testing/dynamodb-local/index.ts'
import type { RebuildStores } from '../../helpers/rebuild-load.ts'

/** Where a rebuild is measured: in a SQLite file, or in DynamoDB Local. */
export const places = ['sqlite', 'dynamodb'] as const

/** One place, as processes name it to each other. */
export interface Place {
  readonly kind: (typeof places)[number]
  /** The file, or the address of DynamoDB Local. */
  readonly at: string
}

/** A new file in the folder for temporary ones. */
function temporaryFile(): { readonly path: string; remove(): void } {
  const path = join(tmpdir(), `tailfold-rebuild-${globalThis.crypto.randomUUID()}.sqlite`)
  return { path, remove: () => ['', '-wal', '-shm'].forEach((end) => rmSync(path + end, { force: true })) }
}

/** Opens the stores of a place; `create` makes the tables first. */
export async function openPlace({ kind, at }: Place, { create = false } = {}): Promise<RebuildStores> {
  if (kind === 'sqlite') return { store: sqliteStore({ file: at }), rows: sqliteRows({ file: at }) }
  const credentials = { accessKeyId: 'rebuild', secretAccessKey: 'secret' }
  const client = dynamoDbClient({ endpoint: at, region: 'local', credentials, requestTimeoutMs: 30_000 })
  const [tableName, rowsTable] = ['counters', 'counters-rows']
  if (create) {
    await createTable(client, tableName)
    await createRowsTable(client, rowsTable)
  }
  const rows = dynamoDbRows({ tableName: rowsTable, client })
  const store = dynamoDbStore({ tableName, client })
  return { store, rows, feed: dynamoDbScan({ tableName, client }) }
}

/** Measures in a place of its own. */
export async function inPlace<Result>(
  kind: Place['kind'],
  measure: (place: Place) => Promise<Result>,
): Promise<Result> {
  if (kind === 'sqlite') {
    const file = temporaryFile()
    return measure({ kind, at: file.path }).finally(file.remove)
  }
  const { endpoint, stop } = await startDynamoDbLocal()
  return await measure({ kind, at: endpoint }).finally(() => void stop())
}
