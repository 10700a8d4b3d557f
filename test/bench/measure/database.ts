import { startDynamoDbLocal } from '../../../src/testing/dynamodb-local/index.ts'
import { describeMachine, type Machine } from '../machine.ts'

/** Runs a measurement on a DynamoDB Local of its own. */
export async function withDatabase<Result>(
  measure: (endpoint: string, machine: Machine) => Promise<Result>,
): Promise<Result> {
  const server = await startDynamoDbLocal()
  try {
    return await measure(server.endpoint, describeMachine(server.version))
  } finally {
    await server.stop()
  }
}

/** Shows progress where the result does not go. */
export function progress(message: string): void {
  process.stderr.write(`${message}\n`)
}
