import { createConsumers } from 'tailfold/consumers'
import { dynamoDbJournal, dynamoDbScan } from 'tailfold/dynamodb'
import { dynamoDbRows } from 'tailfold/dynamodb/rows'
import { streamHandler } from 'tailfold/lambda'
import { emfConsumerMetrics } from 'tailfold/observe'
import { balances } from './balances.ts'
import { rowsTableName, tableName } from './tables.ts'

// A namespace for each stage, so that the alarm of one does not hear of another.
const { onDelivered, onHealth } = emfConsumerMetrics({ namespace: tableName })
const consumers = createConsumers({
  journal: dynamoDbJournal({ tableName }),
  rows: dynamoDbRows({ tableName: rowsTableName }),
  consumers: [balances],
  onDelivered,
})

export const handler = streamHandler(consumers, { onHealth, catchUpFeed: dynamoDbScan({ tableName }) })
