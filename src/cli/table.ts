import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { storeFailure } from '../core/base/failures.ts'
import { dynamoDbClient } from '../stores/dynamodb/client.ts'
import { createTable } from '../stores/dynamodb/table/create.ts'
import { describeTable, type TableReport } from '../stores/dynamodb/table/report.ts'
import type { TableArguments } from './arguments.ts'
import { clientOptions } from './client-options.ts'
import { findingsText, reportText } from './table-text.ts'
import { waitForTable } from './wait-for-table.ts'

/**
 * Creates, describes or waits for a table, and prints what is there then. Throws `store-unavailable` when that fails or
 * the table is not fit for a journal, with what to do about it.
 */
export async function runTableAction(
  request: TableArguments,
  env: NodeJS.ProcessEnv,
  print: (text: string) => void,
): Promise<void> {
  const { tableName, endpoint, json } = request
  const client = dynamoDbClient(clientOptions(request, env))
  try {
    const { done, created } = await act(client, request)
    const report = await describeTable(client, tableName)
    const where = endpoint ?? `AWS, region ${await client.config.region()}`
    if (json) print(`${JSON.stringify({ ...(created !== undefined && { created }), ...report })}\n`)
    else if (done === undefined) print(reportText(report, where))
    else print(`Table ${tableName} in ${where} ${done}.\n${findingsText(report)}`)
    refuseUnfit(report)
  } finally {
    client.destroy()
  }
}

/** What was done, as the predicate of "table …". */
interface Done {
  readonly done?: string
  readonly created?: boolean
}

async function act(
  client: DynamoDBClient,
  { action, tableName, timeoutSeconds }: TableArguments,
): Promise<Done> {
  switch (action) {
    case 'create': {
      const { created } = await createTable(client, tableName)
      return { done: created ? 'is created and active' : 'was there already', created }
    }
    case 'wait':
      await waitForTable(client, tableName, timeoutSeconds)
      return { done: 'is active' }
    case 'describe':
      return {}
  }
}

function refuseUnfit({ tableName, findings }: TableReport): void {
  const wrong = findings.find(({ kind }) => kind === 'wrong')
  if (wrong === undefined) return
  const why = `table ${tableName} ${wrong.what}; ${wrong.fix}`
  throw storeFailure('use a table', why, { applied: 'no', retryable: false })
}
