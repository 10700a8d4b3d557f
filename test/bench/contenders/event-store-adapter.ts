import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type Aggregate, type AggregateId, type Event, EventStoreFactory } from 'event-store-adapter-js'
import { localConfig, sdk } from '../sdk.ts'
import { type Contender, newTableName, type Writer } from './contender.ts'

class AccountId implements AggregateId {
  readonly typeName = 'account'
  readonly value: string
  constructor(value: string) {
    this.value = value
  }
  asString = () => `${this.typeName}-${this.value}`
}

class Account implements Aggregate<Account, AccountId> {
  readonly typeName = 'Account'
  readonly id: AccountId
  readonly sequenceNumber: number
  readonly version: number
  readonly balance: number
  constructor(id: AccountId, sequenceNumber: number, version: number, balance: number) {
    this.id = id
    this.sequenceNumber = sequenceNumber
    this.version = version
    this.balance = balance
  }
  withVersion(version: number): Account {
    return new Account(this.id, this.sequenceNumber, version, this.balance)
  }
  updateVersion(version: (value: number) => number): Account {
    return this.withVersion(version(this.version))
  }
  apply({ sequenceNumber, amount }: Deposited): Account {
    return new Account(this.id, sequenceNumber, this.version, this.balance + amount)
  }
}

interface Deposited extends Event<AccountId> {
  readonly amount: number
}

/** What its serializers write. */
interface Stored<Data> {
  readonly data: Data
}

/** event-store-adapter-js: an event and the snapshot's version in one transaction; the snapshot itself now and then, or always. */
export function eventStoreAdapter({ snapshots }: { readonly snapshots: 'first' | 'always' }): Contender {
  return {
    library: `event-store-adapter-js (${snapshots === 'first' ? 'as its README' : 'snapshot always'})`,
    how:
      snapshots === 'first'
        ? 'snapshot with the first event only, as in its README; no retries on a conflict, as it has none'
        : 'snapshot with every event; no retries on a conflict, as it has none',
    writeOperation: 'TransactWriteItems',
    async deploy(endpoint) {
      const [journal, snapshot] = [newTableName('esa-journal'), newTableName('esa-snapshot')]
      const client = new sdk.DynamoDBClient(localConfig(endpoint))
      for (const name of [journal, snapshot]) await createTable(client, name)
      return { open: (to = endpoint) => openWriter(to, journal, snapshot, snapshots) }
    },
  }
}

function openWriter(
  endpoint: string,
  journal: string,
  snapshot: string,
  snapshots: 'first' | 'always',
): Writer {
  const client = new DynamoDBClient(localConfig(endpoint))
  const store = EventStoreFactory.ofDynamoDB<AccountId, Account, Deposited>(
    client,
    journal,
    snapshot,
    'aid-index',
    'aid-index',
    32,
    // What a converter is given is the parsed JSON, though its type says text.
    (json) => (json as unknown as Stored<Deposited>).data,
    (json) => {
      const { data } = json as unknown as Stored<Account>
      return new Account(new AccountId(data.id.value), data.sequenceNumber, data.version, data.balance)
    },
  )

  async function find(id: AccountId): Promise<Account | undefined> {
    const found = await store.getLatestSnapshotById(id)
    if (found === undefined) return undefined
    const events = await store.getEventsByIdSinceSequenceNumber(id, found.sequenceNumber + 1)
    return events.reduce((account, event) => account.apply(event), found)
  }

  async function append(id: AccountId, account: Account | undefined): Promise<Account> {
    const before = account ?? new Account(id, 0, 1, 0)
    const event: Deposited = {
      typeName: 'Deposited',
      id: globalThis.crypto.randomUUID(),
      aggregateId: id,
      sequenceNumber: before.sequenceNumber + 1,
      occurredAt: new Date(),
      isCreated: account === undefined,
      amount: 1,
    }
    const after = before.apply(event)
    if (account === undefined) await store.persistEventAndSnapshot(event, after)
    else if (snapshots === 'always') await store.persistEventAndSnapshot(event, after)
    else await store.persistEvent(event, before.version)
    return account === undefined ? after : after.updateVersion((version) => version + 1)
  }

  return {
    client,
    async deposit(accountId) {
      const id = new AccountId(accountId)
      await append(id, await find(id))
    },
    balance: async (accountId) => (await find(new AccountId(accountId)))?.balance ?? 0,
    async fill(accountId, deposits) {
      const id = new AccountId(accountId)
      let account = await find(id)
      for (let n = 0; n < deposits; n++) account = await append(id, account)
    },
  }
}

/** As docs/DATABASE_SCHEMA.md of the library says; both tables alike. */
async function createTable(client: DynamoDBClient, tableName: string): Promise<void> {
  await client.send(
    new sdk.CreateTableCommand({
      TableName: tableName,
      KeySchema: [
        { AttributeName: 'pkey', KeyType: 'HASH' },
        { AttributeName: 'skey', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pkey', AttributeType: 'S' },
        { AttributeName: 'skey', AttributeType: 'S' },
        { AttributeName: 'aid', AttributeType: 'S' },
        { AttributeName: 'seq_nr', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'aid-index',
          KeySchema: [
            { AttributeName: 'aid', KeyType: 'HASH' },
            { AttributeName: 'seq_nr', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
}
