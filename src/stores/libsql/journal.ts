import type { Journal } from '../../core/journal/journal.ts'
import { keyValueJournal, type KeyValueJournalOptions } from '../../journal/key-value-journal.ts'
import { journalOptionsIn } from '../../journal/store-options.ts'
import { type LibsqlStoreOptions, libsqlStore } from './store.ts'

/** A journal in libSQL. Shape: `libsqlJournal({ client: createClient({ url }) })`. Makes no request by itself. */
export function libsqlJournal(options: LibsqlStoreOptions & KeyValueJournalOptions): Journal {
  return keyValueJournal(libsqlStore(options), journalOptionsIn(options))
}
