import type { Journal } from '../../core/journal/journal.ts'
import { keyValueJournal, type KeyValueJournalOptions } from '../../journal/key-value-journal.ts'
import { journalOptionsIn } from '../../journal/store-options.ts'
import { type AzureTablesStoreOptions, azureTablesStore } from './store.ts'

/** A journal in Azure Table Storage. Shape: `azureTablesJournal({ connectionString })`. Makes no request by itself. */
export function azureTablesJournal(options: AzureTablesStoreOptions & KeyValueJournalOptions): Journal {
  return keyValueJournal(azureTablesStore(options), journalOptionsIn(options))
}
