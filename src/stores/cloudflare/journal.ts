import type { Journal } from '../../core/journal/journal.ts'
import { keyValueJournal, type KeyValueJournalOptions } from '../../journal/key-value-journal.ts'
import { journalOptionsIn } from '../../journal/store-options.ts'
import { type D1StoreOptions, d1Store } from './d1.ts'
import { type DurableObjectStoreOptions, durableObjectStore } from './durable-object.ts'

/** A journal in Cloudflare D1. Shape: `d1Journal({ database: env.JOURNAL })`. Throws as {@link d1Store} does. */
export function d1Journal(options: D1StoreOptions & KeyValueJournalOptions): Journal {
  return keyValueJournal(d1Store(options), journalOptionsIn(options))
}

/**
 * A journal in the storage of one Durable Object. Shape: `durableObjectJournal({ storage: ctx.storage })`. Throws as
 * {@link durableObjectStore} does.
 */
export function durableObjectJournal(options: DurableObjectStoreOptions & KeyValueJournalOptions): Journal {
  return keyValueJournal(durableObjectStore(options), journalOptionsIn(options))
}
