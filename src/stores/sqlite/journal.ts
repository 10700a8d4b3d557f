import type { Journal } from '../../core/journal/journal.ts'
import { keyValueJournal, type KeyValueJournalOptions } from '../../journal/key-value-journal.ts'
import { journalOptionsIn } from '../../journal/store-options.ts'
import type { SqliteConnection } from './connection.ts'
import { type SqliteStoreOptions, sqliteStore } from './store.ts'

/** A journal that holds a file open. */
export interface SqliteJournal extends Journal {
  /** Its connection, for `sqliteRows({ journal })`. */
  readonly connection: SqliteConnection
  /** Closes the file; later calls fail. May be called again. Whoever opened the journal closes it. */
  close(): void
  [Symbol.dispose](): void
}

/**
 * A journal in one SQLite file, durable at every acknowledged commit; several processes may share it. Shape:
 * `using journal = sqliteJournal({ file: 'data/journal.sqlite' })`. Throws as {@link sqliteStore} does.
 */
export function sqliteJournal(options: SqliteStoreOptions & KeyValueJournalOptions): SqliteJournal {
  const store = sqliteStore(options)
  return {
    ...keyValueJournal(store, journalOptionsIn(options)),
    connection: store.connection,
    close: () => store.close(),
    [Symbol.dispose]: () => store.close(),
  }
}
