import type { ConsumedCapacity, DynamoDBClient } from '@aws-sdk/client-dynamodb'

/** One attempt of one request, as it was sent and billed. */
export interface MeteredRequest {
  /** As `PutItemCommand`. */
  readonly command: string
  readonly input: Readonly<Record<string, unknown>>
  /** Capacity units; 0 when the request failed, for DynamoDB then tells none. */
  units: number
}

/** The requests a client sends from now on; the list grows as they are sent. */
export function meter(client: DynamoDBClient): readonly MeteredRequest[] {
  const requests: MeteredRequest[] = []
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const request = { command: context.commandName ?? '', input: { ...args.input }, units: 0 }
      requests.push(request)
      const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } })
      const { ConsumedCapacity: consumed } = result.output as { ConsumedCapacity?: ConsumedCapacity }
      request.units = consumed?.CapacityUnits ?? 0
      return result
    },
    { step: 'initialize', name: 'meter' },
  )
  return requests
}
