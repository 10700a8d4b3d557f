import { KeyValueJournal } from '../../journal/key-value-event-journal.ts'
import type { KeyValueJournalOptions } from '../../journal/key-value-journal.ts'
import { journalOptionsIn } from '../../journal/store-options.ts'
import { type MemoryStoreOptions, memoryStore } from './store.ts'

/** A journal in this process's memory: for tests and first steps. It serialises as the real ones do; gone when dropped. */
export class InMemoryJournal extends KeyValueJournal {
  constructor(options: KeyValueJournalOptions & MemoryStoreOptions = {}) {
    super(memoryStore(options), journalOptionsIn(options))
  }
}
