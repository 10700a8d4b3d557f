import type { CommitLogOptions } from '../../journal/key-value-log.ts'
import { KeyValueJournal } from '../../journal/key-value-journal.ts'
import { type DynamoDbStoreOptions, dynamoDbStore } from './store.ts'

/** A journal in one DynamoDB table. Shape: `dynamoDbJournal({ tableName: 'journal' })`. Makes no request by itself. */
export function dynamoDbJournal(options: DynamoDbStoreOptions & CommitLogOptions): KeyValueJournal {
  return new KeyValueJournal(dynamoDbStore(options), options)
}
