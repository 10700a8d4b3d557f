import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createTable } from '../../../src/stores/dynamodb/index.ts'
import { localConfig, sdk, unmarshall } from '../sdk.ts'
import { putAll } from '../measure/fill.ts'
import { type Contender, newTableName, type Writer } from './contender.ts'

interface DepositItem {
  readonly pk: string
  readonly sk: number
  readonly type: string
  readonly amount: number
  readonly at: string
}

const attemptsOnConflict = 3

/** What most code without a library does: one item per event, all of them read and folded for every command. */
export const handWritten: Contender = {
  library: 'hand-written SDK',
  how: 'one item an event, all folded; three attempts on a conflict',
  writeOperation: 'PutItem',
  async deploy(endpoint) {
    const tableName = newTableName('hand-written')
    await createTable(new sdk.DynamoDBClient(localConfig(endpoint)), tableName)
    return { open: (to = endpoint) => openWriter(new sdk.DynamoDBClient(localConfig(to)), tableName) }
  },
}

function openWriter(client: DynamoDBClient, tableName: string): Writer {
  async function load(accountId: string): Promise<readonly DepositItem[]> {
    const items: DepositItem[] = []
    let ExclusiveStartKey: Record<string, never> | undefined
    do {
      const page = await client.send(
        new sdk.QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: `account/${accountId}` } },
          ConsistentRead: true,
          ExclusiveStartKey,
        }),
      )
      items.push(...(page.Items ?? []).map((item) => unmarshall(item) as DepositItem))
      ExclusiveStartKey = page.LastEvaluatedKey as Record<string, never> | undefined
    } while (ExclusiveStartKey !== undefined)
    return items
  }

  return {
    client,
    async deposit(accountId) {
      for (let attempt = 1; ; attempt++) {
        const revision = (await load(accountId)).length + 1
        try {
          await client.send(
            new sdk.PutItemCommand({
              TableName: tableName,
              Item: depositItem(accountId, revision),
              ConditionExpression: 'attribute_not_exists(pk)',
            }),
          )
          return
        } catch (error) {
          const conflict = error instanceof sdk.ConditionalCheckFailedException
          if (!conflict || attempt === attemptsOnConflict) throw error
        }
      }
    },
    async balance(accountId) {
      return (await load(accountId)).reduce((balance, { amount }) => balance + amount, 0)
    },
    async fill(accountId, deposits) {
      const from = (await load(accountId)).length + 1
      const items = Array.from({ length: deposits }, (_, n) => depositItem(accountId, from + n))
      await putAll(client, tableName, items)
    },
  }
}

function depositItem(accountId: string, revision: number) {
  return {
    pk: { S: `account/${accountId}` },
    sk: { N: String(revision) },
    type: { S: 'Deposited' },
    amount: { N: '1' },
    at: { S: new Date().toISOString() },
  }
}
