import type { Journal } from '../../core/journal/journal.ts'
import { keyValueJournal, type KeyValueJournalOptions } from '../../journal/key-value-journal.ts'
import { journalOptionsIn } from '../../journal/store-options.ts'
import { type PostgresStoreOptions, postgresStore } from './store.ts'

/** A journal in PostgreSQL. Shape: `postgresJournal({ client: pool })`. Makes no request by itself. */
export function postgresJournal(options: PostgresStoreOptions & KeyValueJournalOptions): Journal {
  return keyValueJournal(postgresStore(options), journalOptionsIn(options))
}
