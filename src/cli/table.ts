import { actionIn, checkOptionsOf, parsed, quoted, timeoutIn, UsageError } from './command-line.ts'
import { clientOptions, dynamoDbOptions, dynamoDbUsage } from './dynamodb.ts'
import type { TableArguments } from './table-actions.ts'
import type { Terminal } from './terminal.ts'

/** What `npx tailfold table --help` prints. */
export const usage: string = `Usage: npx tailfold table create|describe|wait --table <name> [options]

  create      create the table, if it does not exist, and wait until it is active
  describe    print what is there, and what differs from what a journal needs
  wait        wait until the table exists, and is active with all its indexes

  --table <name>
  --rows                   of create: a table for what consumers keep, and not for a journal
${dynamoDbUsage}  --timeout-seconds <n>    of wait; default: 120
  --json                   print JSON
  --help

Exit codes: 0 done, 1 failed or not fit for a journal, 2 not understood.
`

const seeHelp = 'See npx tailfold table --help.'

/** Creates, describes or waits for a table. */
export async function run(args: readonly string[], { env, print }: Terminal): Promise<0> {
  const request = readArguments(args, env)
  // The command line is understood, and explained, without the AWS SDK.
  const { carryOut } = await import('./table-actions.ts')
  await carryOut(request, print)
  return 0
}

/** Reads what follows `tailfold table`. Throws {@link UsageError}. */
export function readArguments(args: readonly string[], env: NodeJS.ProcessEnv): TableArguments {
  const { values, positionals } = parsed(
    args,
    {
      ...dynamoDbOptions,
      table: { type: 'string' },
      rows: { type: 'boolean', default: false },
      'timeout-seconds': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
    seeHelp,
  )
  const [name, ...rest] = positionals
  const action = actionIn(['create', 'describe', 'wait'], name, seeHelp)
  if (rest.length > 0) throw new UsageError(`Unexpected argument ${quoted(rest[0])}. ${seeHelp}`)
  if (!values.table) throw new UsageError(`Which table? Add --table <name>. ${seeHelp}`)
  const { 'timeout-seconds': timeout, json, rows } = values
  checkOptionsOf(action, values, { rows: ['create'], 'timeout-seconds': ['wait'] }, seeHelp)
  const client = clientOptions(values, env)
  return { action, tableName: values.table, client, json, rows, timeoutSeconds: timeoutIn(timeout) }
}
