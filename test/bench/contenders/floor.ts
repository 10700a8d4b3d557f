import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createTable, dynamoDbClient } from '../../../src/stores/dynamodb/index.ts'
import { localConfig, sdk } from '../sdk.ts'
import { type Contender, newTableName, type Writer } from './contender.ts'

interface Account {
  readonly revision: number
  readonly balance: number
  readonly txCount: number
  readonly padding?: string
}

/** How a floor is used. */
export interface FloorOptions {
  readonly warm: boolean
  /** Ballast of the state. */
  readonly padding?: string
  /** Ballast of each event. */
  readonly memo?: string
}

/** Pauses after a conflict, in round trips: at most this many per conflict so far. */
const pauseRoundTrips = 4
const longestPauseRoundTrips = 16

/**
 * The least that durable commands can cost, written by hand for this one entity: one item per command, the state in every
 * item, the newest item read, the winner returned with a failed condition, the writer's own commit known by its id.
 */
export function floor({ warm, padding, memo }: FloorOptions): Contender {
  const state = padding === undefined ? '' : `, ${padding.length / 1_000} KB state`
  return {
    library: `hand-written floor (${warm ? 'warm' : 'cold'}${state})`,
    how: 'the state in every item; conflicts retried, after pauses that grow, until they end',
    writeOperation: 'PutItem',
    async deploy(endpoint) {
      const tableName = newTableName('floor')
      await createTable(dynamoDbClient(localConfig(endpoint)), tableName)
      const options = { warm, ...(padding !== undefined && { padding }), ...(memo !== undefined && { memo }) }
      return {
        open: (to = endpoint) => openFloor(new sdk.DynamoDBClient(localConfig(to)), tableName, options),
      }
    },
  }
}

/** One process of the floor. */
export function openFloor(client: DynamoDBClient, tableName: string, options: FloorOptions): Writer {
  const { warm, padding, memo } = options
  const unused: Account = { revision: 0, balance: 0, txCount: 0, ...(padding !== undefined && { padding }) }
  const kept = new Map<string, Account>()
  let roundTripMs = 5

  async function load(accountId: string): Promise<Account> {
    const query = new sdk.QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: `account/${accountId}` } },
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: 1,
    })
    const { Items = [] } = await client.send(query)
    return Items[0] === undefined ? unused : accountOf(Items[0])
  }

  async function deposit(accountId: string): Promise<void> {
    let before = (warm ? kept.get(accountId) : undefined) ?? (await load(accountId))
    const id = randomUUID()
    for (let attempt = 1; ; attempt++) {
      const { revision, balance, txCount } = before
      const after = { ...before, revision: revision + 1, balance: balance + 1, txCount: txCount + 1 }
      const startedAt = performance.now()
      const winner = await put(accountId, id, after)
      roundTripMs += (performance.now() - startedAt - roundTripMs) / 8
      if (winner === undefined) return void (warm && kept.set(accountId, after))
      before = attempt === 1 ? winner : await load(accountId)
      await delay(Math.random() * roundTripMs * Math.min(pauseRoundTrips * attempt, longestPauseRoundTrips))
    }
  }

  /** Returns the item that was there first, unless it is ours. */
  async function put(accountId: string, id: string, after: Account): Promise<Account | undefined> {
    const { revision, ...state } = after
    const event = { type: 'Deposited', amount: 1, ...(memo !== undefined && { memo }) }
    try {
      await client.send(
        new sdk.PutItemCommand({
          TableName: tableName,
          Item: {
            pk: { S: `account/${accountId}` },
            sk: { N: String(revision) },
            id: { S: id },
            ts: { N: String(Date.now()) },
            e: { S: JSON.stringify([event]) },
            s: { S: JSON.stringify(state) },
          },
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      )
      return undefined
    } catch (error) {
      if (!(error instanceof sdk.ConditionalCheckFailedException) || error.Item === undefined) throw error
      return error.Item['id']?.S === id ? undefined : accountOf(error.Item)
    }
  }

  return {
    client,
    deposit,
    balance: async (accountId) => (await load(accountId)).balance,
    async fill(accountId, deposits) {
      for (let n = 0; n < deposits; n++) await deposit(accountId)
    },
  }
}

function accountOf(item: Record<string, AttributeValue>): Account {
  const state = JSON.parse(item['s']?.S ?? '') as Omit<Account, 'revision'>
  return { ...state, revision: Number(item['sk']?.N) }
}
