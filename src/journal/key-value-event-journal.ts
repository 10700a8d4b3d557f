import type { EventJournal } from '../core/journal/event-journal.ts'
import type { Journal } from '../core/journal/journal.ts'
import { toEventJournal } from './to-event-journal.ts'
import { keyValueJournal, type KeyValueJournalOptions } from './key-value-journal.ts'
import type { Store } from './store.ts'

// The methods are those of the two journals; see the constructor.
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export interface KeyValueJournal extends Journal, EventJournal {}

/**
 * The journal over any {@link Store} together with the four methods of `EventJournal`, for programs that read or fill it
 * directly: what `keyValueJournal` and `toEventJournal` make.
 */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export class KeyValueJournal {
  constructor(store: Store, options?: KeyValueJournalOptions) {
    const journal = keyValueJournal(store, options)
    Object.assign(this, journal, toEventJournal(journal))
  }
}
