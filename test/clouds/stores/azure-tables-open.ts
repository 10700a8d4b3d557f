import { azureTablesStore, type AzureTablesStoreOptions } from 'tailfold/azure-tables'
import type { OpenAddress } from 'tailfold/testing'

/** Opens a table. */
export const openStore: OpenAddress<AzureTablesStoreOptions> = async (address) => ({
  store: azureTablesStore(address),
})
