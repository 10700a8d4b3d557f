import type { TableDescription } from '@aws-sdk/client-dynamodb'

/** The ARN of a table's stream; `undefined` where it has none, or has switched it off. */
export function streamOf({ StreamSpecification, LatestStreamArn }: TableDescription): string | undefined {
  return StreamSpecification?.StreamEnabled === true ? LatestStreamArn : undefined
}

/** Why consumers cannot follow a table, and the command that mends it; `undefined` when they can. Completes "table …". */
export function streamProblem(table: TableDescription): string | undefined {
  const { TableName, StreamSpecification } = table
  const view = StreamSpecification?.StreamViewType
  if (streamOf(table) === undefined)
    return `has no stream: nothing can follow what is committed; switch it on: ${enableStreamCommand(TableName)}`
  if (view !== 'NEW_IMAGE' && view !== 'NEW_AND_OLD_IMAGES')
    return `has a stream of ${view}, but needs NEW_IMAGE; switch it off, wait a minute and switch it on again: ${disableStreamCommand(TableName)} && sleep 60 && ${enableStreamCommand(TableName)}`
  return undefined
}

function enableStreamCommand(tableName: string | undefined): string {
  return `aws dynamodb update-table --table-name ${tableName} --stream-specification StreamEnabled=true,StreamViewType=NEW_IMAGE`
}

function disableStreamCommand(tableName: string | undefined): string {
  return `aws dynamodb update-table --table-name ${tableName} --stream-specification StreamEnabled=false`
}
