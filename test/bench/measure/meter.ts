import type { ConsumedCapacity, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type Item, itemBytes, readUnits, writeUnits } from '../pricing.ts'
import type { TableInspector } from './tables.ts'

/** One HTTP attempt, and what it costs. */
export interface MeteredAttempt {
  /** As `PutItem`. */
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  readonly readUnits: number
  readonly writeUnits: number
  /** What DynamoDB Local says it consumed; it says nothing of a failed request. */
  readonly localUnits: number
}

interface WriteAction {
  readonly TableName: string
  readonly Item?: Item
  readonly Key?: Item
}

interface ReadInput {
  readonly ConsistentRead?: boolean
}

interface Answer {
  readonly Item?: Item
  readonly Items?: readonly Item[]
  readonly Count?: number
  readonly ScannedCount?: number
  readonly ConsumedCapacity?: ConsumedCapacity | readonly ConsumedCapacity[]
}

/**
 * Counts the HTTP attempts of a client from now on, the SDK's own retries included, and prices each by AWS's rules:
 * a write by the larger of the items before and after, a failed condition by the item that is there, twice that in a
 * transaction, index writes on top; a read by the bytes it went over.
 *
 * With an inspector the sizes are read from the table around each write, exact while no one else writes. Without one a
 * write is priced by the item it puts, or as DynamoDB Local prices it (a failed one: as the last on the same table).
 */
export function meter(client: Pick<DynamoDBClient, 'middlewareStack'>, inspector?: TableInspector) {
  const attempts: MeteredAttempt[] = []
  const lastUnits = new Map<string, number>()
  client.middlewareStack.add(
    (next) => async (args) => {
      return next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' as const } })
    },
    { step: 'initialize', name: 'askForCapacity' },
  )
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = String(context.commandName).replace(/Command$/, '')
      const input = args.input as unknown as Record<string, unknown>
      const actions = actionsOf(operation, input)
      const factor = operation === 'TransactWriteItems' ? 2 : 1
      const before = await Promise.all(actions.map((action) => itemOf(inspector, action)))
      const record = async (answer: Answer | undefined) => {
        const localUnits = consumed(answer)
        const price = inspector
          ? await exactUnits(inspector, actions, before, factor, answer !== undefined)
          : actions.length === 0
            ? 0
            : estimate(lastUnits, actions, factor, localUnits)
        const read = actions.length === 0 ? priceOfRead(operation, input, answer, localUnits) : 0
        attempts.push({ operation, input, readUnits: read, writeUnits: price, localUnits })
      }
      try {
        const result = await next(args)
        await record(result.output as unknown as Answer)
        return result
      } catch (error) {
        await record(undefined)
        throw error
      }
    },
    // Before the deserializer, so that it sees what that makes of the answer; after the SDK's retries.
    { step: 'deserialize', priority: 'high', name: 'countAttempts' },
  )
  return attempts as readonly MeteredAttempt[]
}

function actionsOf(operation: string, input: Record<string, unknown>): readonly WriteAction[] {
  if (operation === 'TransactWriteItems') {
    const items = input['TransactItems'] as readonly Record<string, WriteAction>[]
    return items.map(({ Put, Update, Delete, ConditionCheck }) => {
      const action = Put ?? Update ?? Delete ?? ConditionCheck
      if (action === undefined) throw new Error('The meter met a transaction item of an unknown kind.')
      return action
    })
  }
  return /^(Put|Update|Delete)Item$/.test(operation) ? [input as unknown as WriteAction] : []
}

async function itemOf(inspector: TableInspector | undefined, action: WriteAction): Promise<Item | undefined> {
  if (inspector === undefined) return undefined
  const { TableName, Item: put, Key } = action
  return inspector.read(TableName, Key ?? (await inspector.keyOf(TableName, put ?? {})))
}

async function exactUnits(
  inspector: TableInspector,
  actions: readonly WriteAction[],
  before: readonly (Item | undefined)[],
  factor: number,
  succeeded: boolean,
): Promise<number> {
  let units = 0
  for (const [index, action] of actions.entries()) {
    const old = before[index]
    const now = succeeded ? await itemOf(inspector, action) : old
    units += factor * writeUnits(Math.max(itemBytes(old), itemBytes(now)))
    units += await inspector.indexUnits(action.TableName, old, now)
  }
  return units
}

function estimate(
  lastUnits: Map<string, number>,
  actions: readonly WriteAction[],
  factor: number,
  localUnits: number,
): number {
  const tables = actions.map(({ TableName }) => TableName).join()
  const puts = actions.every(({ Item: put }) => put !== undefined)
  if (puts) return actions.reduce((sum, { Item: put }) => sum + factor * writeUnits(itemBytes(put)), 0)
  if (localUnits > 0) lastUnits.set(tables, localUnits)
  return factor * (lastUnits.get(tables) ?? actions.length)
}

function priceOfRead(
  operation: string,
  input: ReadInput,
  answer: Answer | undefined,
  localUnits: number,
): number {
  if (answer === undefined || !/^(Query|GetItem)$/.test(operation)) return 0
  const { Item: item, Items = item === undefined ? [] : [item], Count, ScannedCount } = answer
  // Filtered items are billed and not returned.
  if (Count !== ScannedCount) return localUnits
  return readUnits(
    Items.reduce((sum, one) => sum + itemBytes(one), 0),
    input.ConsistentRead === true,
  )
}

function consumed(answer: Answer | undefined): number {
  return [answer?.ConsumedCapacity ?? []]
    .flat()
    .reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0)
}
