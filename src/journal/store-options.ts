import { checkNames, type OptionNames } from '../core/base/check-options.ts'
import { checkOptionsObject } from '../core/base/describe-value.ts'
import { type KeyValueJournalOptions, journalOptionChecks } from './key-value-journal.ts'

/**
 * Throws `TypeError` on options that are no object, and for one that is unknown. The options of a journal may be among them:
 * whoever makes a journal over a store gives both in one object.
 *
 * @param store Completes "The options of …": `'a PostgreSQL store'`.
 */
export function checkStoreOptions<Options extends object>(
  store: string,
  options: Options,
  names: OptionNames<Options>,
): void {
  checkOptionsObject(`The options of ${store}`, options)
  checkNames(`A${store.slice(1)}`, options, { ...names, ...journalOptionChecks })
}

/** The options of a journal among those of its store. */
export function journalOptionsIn({
  inlineState,
  maxInflatedBytes,
}: KeyValueJournalOptions): KeyValueJournalOptions {
  return { inlineState, maxInflatedBytes }
}
