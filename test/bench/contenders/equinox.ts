import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { CachingStrategy, Codec, Decider, LoadOption, MemoryCache, StreamId } from '@equinox-js/core'
import {
  AccessStrategy,
  DynamoStoreCategory,
  DynamoStoreClient,
  DynamoStoreContext,
  QueryOptions,
  TipOptions,
} from '@equinox-js/dynamo-store'
import { localConfig, sdk } from '../sdk.ts'
import { type Contender, newTableName, type Writer } from './contender.ts'

interface State {
  readonly balance: number
  readonly txCount: number
}

type Event =
  | { readonly type: 'Deposited'; readonly data: { readonly amount: number } }
  | { readonly type: 'Snapshotted'; readonly data: State }

const initial: State = { balance: 0, txCount: 0 }

function evolve(state: State, event: Event): State {
  switch (event.type) {
    case 'Deposited':
      return { balance: state.balance + event.data.amount, txCount: state.txCount + 1 }
    case 'Snapshotted':
      return event.data
  }
}

const isOrigin = (event: Event) => event.type === 'Snapshotted'
const toSnapshot = (state: State): Event => ({ type: 'Snapshotted', data: state })

/** equinox-js with snapshots and a cache; by default it asks for the tip again, or it trusts the cache. */
export function equinox({ trustCache }: { readonly trustCache: boolean }): Contender {
  return {
    library: trustCache ? 'equinox-js (warm, any cached value)' : 'equinox-js (snapshot, cache)',
    how: `AccessStrategy.Snapshot, MemoryCache, ${trustCache ? 'LoadOption.AnyCachedValue' : 'its default load'}; its default of three attempts`,
    writeOperation: 'UpdateItem',
    // Events gather in one item until it is full; then the cost of a command starts again.
    round: { from: 1_000, ends: ({ operation }) => operation === 'TransactWriteItems', learns: false },
    async deploy(endpoint) {
      const tableName = newTableName('equinox')
      await new sdk.DynamoDBClient(localConfig(endpoint)).send(
        new sdk.CreateTableCommand({
          TableName: tableName,
          KeySchema: [
            { AttributeName: 'p', KeyType: 'HASH' },
            { AttributeName: 'i', KeyType: 'RANGE' },
          ],
          AttributeDefinitions: [
            { AttributeName: 'p', AttributeType: 'S' },
            { AttributeName: 'i', AttributeType: 'N' },
          ],
          BillingMode: 'PAY_PER_REQUEST',
        }),
      )
      return { open: (to = endpoint) => openWriter(to, tableName, trustCache) }
    },
  }
}

function openWriter(endpoint: string, tableName: string, trustCache: boolean): Writer {
  const client = new DynamoDB(localConfig(endpoint))
  const context = new DynamoStoreContext({
    client: new DynamoStoreClient(client),
    tableName,
    tip: TipOptions.create({}),
    query: QueryOptions.create({}),
  })
  const category = DynamoStoreCategory.create<Event, State, void>(
    context,
    'Account',
    Codec.compress(Codec.json<Event>()),
    (state, events) => events.reduce(evolve, state),
    initial,
    CachingStrategy.Cache(new MemoryCache()),
    AccessStrategy.Snapshot(isOrigin, toSnapshot),
  )
  const load = trustCache ? LoadOption.AnyCachedValue : undefined
  const account = (id: string) => Decider.forStream(category, StreamId.create(id), undefined)
  const deposits = (count: number) => (): Event[] =>
    Array.from({ length: count }, () => ({ type: 'Deposited', data: { amount: 1 } }))

  return {
    client,
    deposit: (accountId) => account(accountId).transact(deposits(1), load),
    balance: (accountId) => account(accountId).query(({ balance }) => balance, load),
    async fill(accountId, count) {
      for (let left = count; left > 0; left -= 10) {
        await account(accountId).transact(deposits(Math.min(left, 10)), LoadOption.AnyCachedValue)
      }
    },
  }
}
