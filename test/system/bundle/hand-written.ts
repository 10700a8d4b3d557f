import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'

/** What this handler reads of an HTTP API's event. */
interface DepositEvent {
  readonly rawPath: string
  readonly body: string
}

interface Answer {
  readonly statusCode: number
  readonly body: string
}

const client = new DynamoDBClient({})
const TableName = process.env['TAILFOLD_TABLE']

/** A deposit as most would write it with the official client alone: one item an event, read, folded, appended. */
export async function handler({ rawPath, body }: DepositEvent): Promise<Answer> {
  const [, , id = ''] = rawPath.split('/')
  const { amount } = JSON.parse(body) as { amount: number }
  if (!(amount > 0)) return { statusCode: 422, body: 'The amount must be positive.' }
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: `account#${id}` } },
      ConsistentRead: true,
    }),
  )
  const balance = Items.reduce((sum, { amount: { N = '0' } = { N: '0' } }) => sum + Number(N), 0)
  await client.send(
    new PutItemCommand({
      TableName,
      Item: {
        pk: { S: `account#${id}` },
        sk: { N: String(Items.length + 1) },
        type: { S: 'Deposited' },
        amount: { N: String(amount) },
        at: { S: new Date().toISOString() },
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    }),
  )
  return { statusCode: 200, body: JSON.stringify({ balance: balance + amount }) }
}
