import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createEngine, systemPlatform } from '../../../src/index.ts'
import { dynamoDbJournal } from '../../../src/stores/dynamodb/index.ts'
import { accountEntity } from '../contenders/tailfold.ts'
import { count } from '../counts.ts'
import { type ClientKind, clientOn, sdk, unmarshall } from '../sdk.ts'
import { measurePaired, type PairedFigure, timed } from './statistics.ts'

/** Recovery of an entity by Tailfold, against unmarshalling and folding one item for each event, which comes first. */
export interface ReplayRow extends PairedFigure {
  readonly events: number
  /** Events in one commit: 1 when every command came alone. */
  readonly eventsPerCommit: number
  /** Whether the riding state is used, as by default, or everything is replayed from the events. */
  readonly state: 'used' | 'ignored'
  /**
   * `'items'`: from items as the SDK returns them. Else from the bytes of the answers, the SDK included: Tailfold with
   * `dynamoDbClient()`, the plain side with this client.
   */
  readonly from: 'items' | ClientKind
}

type Item = Record<string, AttributeValue>

interface Query {
  readonly Item?: Item
  readonly Limit?: number
  readonly ScanIndexForward?: boolean
  readonly ExpressionAttributeValues?: Item
  readonly ExclusiveStartKey?: Item
}

/** Largest page. Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html */
const pageBytes = 1_000_000

/** Answers as DynamoDB does, from items in ascending order. */
function answerFrom(items: readonly Item[], query: Query) {
  const {
    ScanIndexForward = true,
    ExpressionAttributeValues,
    ExclusiveStartKey,
    Limit = items.length,
  } = query
  const from = Number(ExpressionAttributeValues?.[':from']?.N ?? 1)
  const after = Number(ExclusiveStartKey?.['sk']?.N ?? from - 1)
  const rest = ScanIndexForward ? items.slice(after) : items.toReversed()
  const itemBytes = JSON.stringify(rest[0] ?? {}).length * 0.6
  const page = rest.slice(0, Math.min(Limit, Math.ceil(pageBytes / itemBytes)))
  const last = page.at(-1)
  const more = page.length < rest.length && last !== undefined
  return { Items: page, ...(more && { LastEvaluatedKey: { pk: last['pk'], sk: last['sk'] } }) }
}

/** A client that hands items over as they are. */
function clientOfItems(items: readonly Item[]): DynamoDBClient {
  const send = async ({ input }: { input: Query }) => answerFrom(items, input)
  return { send, config: { region: async () => 'local' } } as unknown as DynamoDBClient
}

/** A client of the SDK that gets the bytes of its answers at once; each query's answer is prepared before. */
function clientOfAnswers(kind: ClientKind, items: readonly Item[]): DynamoDBClient {
  const answers = new Map<string, Buffer>()
  return clientOn(kind, {
    async handle({ body }) {
      const text = new TextDecoder().decode(body)
      const answer =
        answers.get(text) ?? Buffer.from(JSON.stringify(answerFrom(items, JSON.parse(text) as Query)))
      answers.set(text, answer)
      return { response: { statusCode: 200, headers: {}, body: answer } }
    },
  })
}

/** The commits that Tailfold writes for a history of deposits. */
async function commitItems(events: number, eventsPerCommit: number): Promise<readonly Item[]> {
  const items: Item[] = []
  const client = clientOfItems(items)
  const send = client.send.bind(client) as (command: { input: Query }) => Promise<unknown>
  const recording = Object.assign(client, {
    send: async (command: { input: Query }) => {
      if (command.input.Item === undefined) return send(command)
      items.push(command.input.Item)
      return {}
    },
  })
  const writer = createEngine(accountEntity(), {
    journal: dynamoDbJournal({ client: recording, tableName: 'bench' }),
    platform: systemPlatform,
    maxBatch: eventsPerCommit,
    retry: { timeoutMs: 120_000 },
  })
  const deposits = Array.from({ length: events }, () =>
    writer.execute('acc-001', { type: 'Deposit', amount: 1 }),
  )
  await Promise.all(deposits)
  return items
}

/** Recovers one entity in turns with the plain way. */
export async function measureReplay(options: Omit<ReplayRow, keyof PairedFigure>): Promise<ReplayRow> {
  const { events, eventsPerCommit, state, from } = options
  const clientOf = (kind: ClientKind, items: readonly Item[]) =>
    from === 'items' ? clientOfItems(items) : clientOfAnswers(kind, items)
  const byHand = clientOf(
    from === 'tuned' ? 'tuned' : 'default',
    Array.from({ length: events }, (_, n) => ({
      pk: { S: 'account/acc-001' },
      sk: { N: String(n + 1) },
      type: { S: 'Deposited' },
      amount: { N: '1' },
      at: { S: '2026-01-01T00:00:00.000Z' },
    })),
  )
  const reader = createEngine(accountEntity(), {
    journal: dynamoDbJournal({
      client: clientOf('tuned', await commitItems(events, eventsPerCommit)),
      tableName: 'bench',
    }),
    platform: systemPlatform,
    cache: { maxEntries: 0 },
    snapshot: state === 'used' ? 'use' : 'ignore',
  })

  const plain = () => timed(async () => mustBe(await plainBalance(byHand), events))
  const recovery = () =>
    timed(async () => mustBe(((await reader.read('acc-001')).state as { balance: number }).balance, events))
  const pairs = count(events > 1_000 ? 20 : 60, 2)
  await measurePaired(Math.ceil(pairs / 4), plain, recovery)
  return { ...options, ...(await measurePaired(pairs, plain, recovery)) }
}

async function plainBalance(client: DynamoDBClient): Promise<number> {
  let balance = 0
  let ExclusiveStartKey: Item | undefined
  do {
    const query = new sdk.QueryCommand({
      TableName: 'bench',
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'account/acc-001' } },
      ExclusiveStartKey,
    })
    const page = await client.send(query)
    for (const item of page.Items ?? []) balance += unmarshall(item)['amount'] as number
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey !== undefined)
  return balance
}

function mustBe(actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`the balance is ${actual}, not ${expected}`)
}
