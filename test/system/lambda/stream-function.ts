import { consumer, createConsumers } from 'tailfold/consumers'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { dynamoDbRows } from 'tailfold/dynamodb/rows'
import { streamHandler } from 'tailfold/lambda'
import { account } from '../../../functions/bank/account.ts'

/** A function that follows accounts, and writes each event that it was given to its log. */
const tableName = process.env['TAILFOLD_TABLE'] ?? ''
const journal = dynamoDbJournal({ tableName })
const rows = dynamoDbRows({ tableName: `${tableName}-rows` })
const logging = consumer({
  name: 'logging',
  from: account,
  handle: (_, { id }) => console.log(`effect ${id}`),
})

export const handler: ReturnType<typeof streamHandler> = streamHandler(
  createConsumers({ journal, rows, consumers: [logging] }),
)
