import type { Journal } from '../../core/journal/journal.ts'
import { keyValueJournal, type KeyValueJournalOptions } from '../../journal/key-value-journal.ts'
import { journalOptionsIn } from '../../journal/store-options.ts'
import { type DynamoDbStoreOptions, dynamoDbStore } from './store.ts'

/** A journal in one DynamoDB table. Shape: `dynamoDbJournal({ tableName: 'journal' })`. Makes no request by itself. */
export function dynamoDbJournal(options: DynamoDbStoreOptions & KeyValueJournalOptions): Journal {
  return keyValueJournal(dynamoDbStore(options), journalOptionsIn(options))
}
