import { parseArgs } from 'node:util'

/** What `tailfold table` does with a table. */
export type TableAction = 'create' | 'describe' | 'wait'

/** A command line that was understood. */
export interface TableArguments {
  readonly action: TableAction
  readonly tableName: string
  /** Address of a DynamoDB Local. Absent: AWS. */
  readonly endpoint?: string
  readonly region?: string
  readonly json: boolean
  /** How long `wait` waits. */
  readonly timeoutSeconds: number
}

/** A mistake in the command line, worded for the person who made it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What `--help` prints. */
export const help = `Usage: npx tailfold table create|describe|wait --table <name> [options]
       npx tailfold repair --help

  create      create the table, if it is not there, and wait until it is active
  describe    print what is there, and what differs from what a journal needs
  wait        wait until the table is there, and active with all its indexes

  --table <name>
  --endpoint <address>     such as http://localhost:8000 for DynamoDB Local; default: DYNAMODB_ENDPOINT, else AWS
  --region <region>        such as eu-central-1; default: AWS_REGION, else that of your AWS profile
  --timeout-seconds <n>    of wait; default: 120
  --json                   print JSON
  --help

Exit codes: 0 done, 1 failed or not fit for a journal, 2 not understood.
`

const actions: readonly string[] = ['create', 'describe', 'wait'] satisfies readonly TableAction[]
const seeHelp = 'See npx tailfold --help.'

/** Reads a command line; `'help'` when that is asked for. Throws {@link UsageError}. */
export function readArguments(args: readonly string[], env: NodeJS.ProcessEnv): TableArguments | 'help' {
  const { values, positionals } = parsed(args)
  if (values.help || args.length === 0) return 'help'
  const [noun, action, ...rest] = positionals
  if (noun !== 'table')
    throw new UsageError(`Unknown command ${quoted(noun)}: there are table and repair. ${seeHelp}`)
  if (action === undefined || !actions.includes(action)) {
    throw new UsageError(`table needs one of ${actions.join(', ')}, not ${quoted(action)}. ${seeHelp}`)
  }
  if (rest.length > 0) throw new UsageError(`Unexpected argument ${quoted(rest[0])}. ${seeHelp}`)
  if (!values.table) throw new UsageError(`Which table? Add --table <name>. ${seeHelp}`)
  if (values['timeout-seconds'] !== undefined && action !== 'wait') {
    throw new UsageError(`--timeout-seconds is an option of wait. ${seeHelp}`)
  }
  return {
    action: action as TableAction,
    tableName: values.table,
    ...endpointOf(values.endpoint, env),
    ...(values.region !== undefined && { region: values.region }),
    json: values.json,
    timeoutSeconds: secondsOf(values['timeout-seconds'] ?? '120'),
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        table: { type: 'string' },
        endpoint: { type: 'string' },
        region: { type: 'string' },
        'timeout-seconds': { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    })
  } catch (error) {
    const [firstSentence] = error instanceof Error ? error.message.split('. ') : []
    throw new UsageError(`${firstSentence}. ${seeHelp}`)
  }
}

function endpointOf(flag: string | undefined, env: NodeJS.ProcessEnv): { endpoint?: string } {
  const endpoint = flag ?? env['DYNAMODB_ENDPOINT'] ?? ''
  if (endpoint === '' && flag === undefined) return {}
  if (/^https?:\/\//.test(endpoint) && URL.canParse(endpoint)) return { endpoint }
  const name = flag === undefined ? 'DYNAMODB_ENDPOINT' : '--endpoint'
  throw new UsageError(`${name} must be an address such as http://localhost:8000, not ${quoted(endpoint)}.`)
}

function secondsOf(text: string): number {
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (seconds > 0) return seconds
  throw new UsageError(`--timeout-seconds must be a whole number of seconds from 1, not ${quoted(text)}.`)
}

function quoted(text: string | undefined): string {
  return text === undefined ? 'nothing' : JSON.stringify(text)
}
