import { join } from 'node:path'
import type { OpenJournal } from './journals.ts'
import { UsageError } from './options.ts'

const tableName = 'tailfold'

/**
 * Opens a journal in the Azure Tables of `AZURE_STORAGE_CONNECTION_STRING`, else in an Azurite of its own whose data is kept in the
 * folder. It has no change feed, so nothing follows it.
 */
export async function openAzure(dataFolder: string, env: NodeJS.ProcessEnv): Promise<OpenJournal> {
  const { azureTablesJournal, createAzureTable } = await import('tailfold/azure-tables')
  const account = await findAccount(dataFolder, env['AZURE_STORAGE_CONNECTION_STRING'])
  const options = { connectionString: account.address, tableName }
  try {
    await createAzureTable(options)
    return { journal: azureTablesJournal(options), keptIn: account.keptIn, close: account.stop }
  } catch (error) {
    await account.stop()
    throw error
  }
}

async function findAccount(dataFolder: string, address: string | undefined) {
  if (address) return { address, keptIn: `Azure Tables, table ${tableName}`, stop: async () => {} }
  const { startAzurite } = await import('tailfold/testing/azurite')
  const folder = join(dataFolder, 'azurite')
  // In a checkout of Tailfold the folder of its tests has the package.
  const packagesFrom = join(process.cwd(), 'test/clouds/package.json')
  const server = await startAzurite({ folder, packagesFrom }).catch((error: unknown) => {
    if (!/not installed/.test(String(error))) throw error
    throw new UsageError(
      'Azure needs Azurite: npm ci --prefix test/clouds, or npm install azurite, or set AZURE_STORAGE_CONNECTION_STRING.',
    )
  })
  return {
    address: server.address,
    keptIn: `${folder} (Azurite, table ${tableName}): kept when the server stops`,
    stop: () => server.stop(),
  }
}
