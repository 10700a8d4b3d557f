import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type Aggregate, Command, EventStore, EventType, tuple } from '@castore/core'
import { DynamoDBSingleTableEventStorageAdapter } from '@castore/event-storage-adapter-dynamodb'
import { putAll } from '../measure/fill.ts'
import { localConfig, sdk } from '../sdk.ts'
import { type Contender, newTableName, type Writer } from './contender.ts'

const deposited = new EventType<'DEPOSITED', { amount: number }>({ type: 'DEPOSITED' })

interface Account extends Aggregate {
  readonly balance: number
}

const eventStoreId = 'ACCOUNTS'

/** castore as its documentation shows it: aggregates folded from all their events, commands with its own retries. */
export const castore: Contender = {
  library: 'castore',
  how: 'DynamoDBSingleTableEventStorageAdapter, Command with its default of two retries',
  writeOperation: 'PutItem',
  async deploy(endpoint) {
    const tableName = newTableName('castore')
    await new sdk.DynamoDBClient(localConfig(endpoint)).send(
      new sdk.CreateTableCommand({
        TableName: tableName,
        KeySchema: [
          { AttributeName: 'aggregateId', KeyType: 'HASH' },
          { AttributeName: 'version', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'aggregateId', AttributeType: 'S' },
          { AttributeName: 'version', AttributeType: 'N' },
          { AttributeName: 'eventStoreId', AttributeType: 'S' },
          { AttributeName: 'timestamp', AttributeType: 'S' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'initialEvents',
            KeySchema: [
              { AttributeName: 'eventStoreId', KeyType: 'HASH' },
              { AttributeName: 'timestamp', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    )
    return { open: (to = endpoint) => openWriter(to, tableName) }
  },
}

function openWriter(endpoint: string, tableName: string): Writer {
  const client = new DynamoDBClient(localConfig(endpoint))
  const adapter = new DynamoDBSingleTableEventStorageAdapter({ tableName, dynamoDBClient: client })
  const accounts = new EventStore({
    eventStoreId,
    eventTypes: [deposited],
    reducer: (account: Account, { aggregateId, version, payload }): Account => ({
      aggregateId,
      version,
      balance: (account?.balance ?? 0) + payload.amount,
    }),
    eventStorageAdapter: adapter,
  })
  const deposit = new Command({
    commandId: 'DEPOSIT',
    requiredEventStores: tuple(accounts),
    handler: async ({ accountId }: { accountId: string }, [store]) => {
      const { aggregate } = await store.getAggregate(accountId)
      await store.pushEvent({
        aggregateId: accountId,
        version: (aggregate?.version ?? 0) + 1,
        type: 'DEPOSITED',
        payload: { amount: 1 },
      })
    },
  })

  return {
    client,
    deposit: (accountId) => deposit.handler({ accountId }, [accounts]),
    balance: async (accountId) => (await accounts.getAggregate(accountId)).aggregate?.balance ?? 0,
    async fill(accountId, deposits) {
      const from = ((await accounts.getAggregate(accountId)).aggregate?.version ?? 0) + 1
      const items = Array.from({ length: deposits }, (_, n) => {
        const event = { aggregateId: accountId, version: from + n, type: 'DEPOSITED', payload: { amount: 1 } }
        const timestamp = new Date().toISOString()
        return adapter.getPushEventInput({ ...event, timestamp }, { eventStoreId }).Item ?? {}
      })
      await putAll(client, tableName, items)
    },
  }
}
