import { storeFailure } from '../../core/base/failures.ts'
import { isTailfoldError } from '../../core/base/errors.ts'
import { type TableClient, tableClient } from './client.ts'
import type { AzureTablesConnection } from './connection.ts'
import { entityPath, queryPage } from './entities.ts'

/** Default table. */
export const defaultTable = 'tailfold'

/** Source: https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#table-names */
const tablePattern = /^[A-Za-z][A-Za-z0-9]{2,62}$/

/** Throws `TypeError` for what is no name of a table. */
export function checkTableName(tableName: unknown): asserts tableName is string {
  if (typeof tableName === 'string' && tablePattern.test(tableName)) return
  throw new TypeError(
    `tableName must be 3 to 63 letters and digits, not beginning with a digit: ${JSON.stringify(tableName)}`,
  )
}

/** Where a table is. */
export interface AzureTableOptions extends AzureTablesConnection {
  /** 3 to 63 letters and digits. Default `tailfold`. */
  readonly tableName?: string | undefined
}

/** The table of some options. Throws `TypeError`. */
export function tableOf(options: AzureTableOptions): TableClient {
  const { tableName = defaultTable } = options ?? {}
  checkTableName(tableName)
  return tableClient(options, tableName)
}

/**
 * Creates the table if it is missing. Needs an account key, the role Storage Table Data Contributor, or an account's shared
 * access signature; one of the table alone does not allow it.
 *
 * @throws `store-unavailable`
 */
export async function createAzureTable(options: AzureTableOptions): Promise<void> {
  const { send, tableName } = tableOf(options)
  const body = JSON.stringify({ TableName: tableName })
  const headers = { prefer: 'return-no-content' }
  const answers = ['TableAlreadyExists']
  await send('create a table', { method: 'POST', path: '/Tables', headers, body, writes: 1, answers })
}

/** What {@link describeAzureTable} finds. */
export interface AzureTableReport {
  /** Whether the table exists. */
  readonly exists: boolean
  /** Host and path of the account's tables. */
  readonly endpoint: string
  /** `read, add, update` as far as this credential may. */
  readonly permissions: string
}

const neededPermissions = ['read', 'add', 'update'] as const

/** What is there, and what this credential may do: up to three requests, which write nothing. */
export async function describeAzureTable(options: AzureTableOptions): Promise<AzureTableReport> {
  const client = tableOf(options)
  const { host, pathname } = new URL(client.endpoint)
  const endpoint = `${host}${pathname.replace(/\/$/, '')}`
  const found = await permissionsOn(client)
  if (found === 'missing') return { exists: false, endpoint, permissions: '' }
  return { exists: true, endpoint, permissions: found.join(', ') }
}

/** Why a table cannot hold a journal; `undefined` where it can. Completes "The store …". */
export function problemOf(report: AzureTableReport, tableName: string): string | undefined {
  if (!report.exists)
    return `has no table ${tableName}; create it with \`npx tailfold store create --store azure-table:${tableName}\``
  if (report.permissions === neededPermissions.join(', ')) return undefined
  return `may only ${report.permissions || 'do nothing'} in table ${tableName}; give the identity the role Storage Table Data Contributor, or use a shared access signature with r, a and u`
}

/** Throws `store-unavailable` unless the table can hold a journal. */
export async function verifyTable(options: AzureTableOptions): Promise<void> {
  const problem = problemOf(await describeAzureTable(options), options.tableName ?? defaultTable)
  if (problem !== undefined)
    throw storeFailure('verify', `it ${problem}`, { applied: 'no', retryable: false })
}

/** A row that no store writes. */
const probe = { PartitionKey: '!', RowKey: '!' }

/** Tries each of them in a way that changes nothing. */
async function permissionsOn(client: TableClient): Promise<readonly string[] | 'missing'> {
  const { send, tableName } = client
  const path = `/${tableName}`
  const tries: Readonly<Record<(typeof neededPermissions)[number], () => Promise<unknown>>> = {
    read: () => queryPage(client, 'describe a table', { filter: "PartitionKey eq '!'", top: 1 }, undefined),
    // An entity without keys is refused only after its writer was allowed to add one.
    add: () =>
      send('describe a table', {
        method: 'POST',
        path,
        body: '{}',
        writes: 1,
        answers: ['PropertiesNeedValue', 'InvalidInput'],
      }),
    update: () =>
      send('describe a table', {
        method: 'PUT',
        path: path + entityPath(probe),
        headers: { 'if-match': '*' },
        body: JSON.stringify(probe),
        writes: 1,
        answers: ['ResourceNotFound', 'EntityNotFound'],
      }),
  }
  const allowed: string[] = []
  for (const permission of neededPermissions) {
    try {
      await tries[permission]()
      allowed.push(permission)
    } catch (error) {
      if (!isTailfoldError(error) || error.retryable) throw error
      if (error.message.includes('(TableNotFound)')) return 'missing'
      if (!/\(Authori[sz]ation|Insufficient/.test(error.message)) throw error
    }
  }
  return allowed
}
