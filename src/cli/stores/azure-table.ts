import { quoted, UsageError } from '../command-line.ts'
import { administer } from './administer.ts'
import type { Database } from './database.ts'

/** `azure-table:bank`. */
export interface AzureTableUrl {
  readonly kind: 'azure-table'
  readonly tableName: string
}

const variable = 'AZURE_STORAGE_CONNECTION_STRING'

/** A table of the storage account whose connection string is in the environment: it holds a secret. */
export const azureTable: Database<AzureTableUrl> = {
  shape: 'azure-table:<table>',
  help: [`azure-table:<table>, in the account of ${variable}`],

  parse(url) {
    const [, tableName] = /^azure-table:([A-Za-z][A-Za-z0-9]{2,62})$/.exec(url) ?? []
    if (tableName !== undefined) return { kind: 'azure-table', tableName }
    const name = url.slice('azure-table:'.length)
    if (name === '') return undefined
    throw new UsageError(
      `An Azure table is named by 3 to 63 letters and digits, a letter first; not ${quoted(name)}.`,
    )
  },

  async open(url, env) {
    const { azureTablesStore } = await import('../../stores/azure-tables/store.ts')
    return { store: azureTablesStore(optionsOf(url, env)), close: () => {} }
  },

  openRows: noRows,

  async administer(url, request, env, print) {
    if (request.rows) return noRows()
    const { createAzureTable, describeAzureTable, problemOf } = await import(
      '../../stores/azure-tables/schema.ts'
    )
    const options = optionsOf(url, env)
    const journal = {
      where: `Azure table ${url.tableName}`,
      create: () => createAzureTable(options),
      async describe() {
        const report = await describeAzureTable(options)
        const { exists, ...settings } = report
        return { exists, settings, problem: problemOf(report, url.tableName) }
      },
    }
    await administer(journal, request, print)
  },
}

function optionsOf({ tableName }: AzureTableUrl, env: NodeJS.ProcessEnv) {
  const connectionString = env[variable]
  if (!connectionString)
    throw new UsageError(`Set ${variable} to the connection string of the storage account.`)
  return { tableName, connectionString }
}

async function noRows(): Promise<never> {
  throw new UsageError('Azure Tables holds journals alone: consumers and views need another database.')
}
