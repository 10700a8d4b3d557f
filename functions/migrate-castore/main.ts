import { parseArgs } from 'node:util'
import { dynamoDbClient, dynamoDbJournal, verifyTable } from 'tailfold/dynamodb'
import { account } from '../bank/account.ts'
import { toAccountEvent } from './account-events.ts'
import { migrate } from './migrate.ts'

/** `node main.ts --from <castore's table> --event-store <id> --to <Tailfold's table>`; region and credentials from AWS's variables. */
const { values } = parseArgs({
  options: { from: { type: 'string' }, 'event-store': { type: 'string' }, to: { type: 'string' } },
})
const { from, to, 'event-store': eventStoreId } = values
if (!from || !to || !eventStoreId) throw new Error('Give --from, --event-store and --to.')

const client = dynamoDbClient({ maxAttempts: 10, requestTimeoutMs: 10_000 })
await verifyTable(client, to, { access: true })
const report = await migrate({
  from: { client, tableName: from, eventStoreId },
  journal: dynamoDbJournal({ client, tableName: to, listEntities: true }),
  entity: account,
  toEvent: toAccountEvent,
})
for (const { aggregateId, why } of report.refused) console.error(`${aggregateId}: ${why}`)
console.log(
  `${report.aggregates} aggregates: ${report.events} events in the journal, ${report.written} of them new`,
)
if (report.refused.length > 0) process.exitCode = 1
