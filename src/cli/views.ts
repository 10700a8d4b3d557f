import { actionIn, checkOptionsOf, parsed, quoted, UsageError } from './command-line.ts'
import { openRows, openScanned, openStore, parseStoreUrl, type StoreUrl, storeUrlHelp } from './store-url.ts'
import type { Terminal } from './terminal.ts'
import { check, drop, rebuild, switchTo, type ViewsRequest } from './views-actions.ts'

const actions = ['rebuild', 'check', 'switch', 'drop'] as const

/** A command line of `tailfold views` that was understood. */
export interface ViewsArguments extends ViewsRequest {
  readonly action: (typeof actions)[number]
  readonly store: StoreUrl
  /** Where the rows are. */
  readonly rows: StoreUrl
}

/** What `--help` prints. */
export const usage: string = `Usage: npx tailfold views <action> <view> --store <url> [options]

  rebuild orders@2 --module <file>   make the rows from the whole journal, beside live traffic; goes on where it was killed
  check orders@2 --module <file>     compare rows with what their function makes of the state, and name those that differ,
                                     are missing, behind, or should not be there
  switch orders@2                    queries read this version, within 5 seconds; another switch takes it back
  drop orders@1                      remove the rows of a version, after "yes" or with --yes

${storeUrlHelp}
  --rows <url>             where the rows are, in the same form. Default: in the file of the store, or in the table
                           <table>-rows
  --module <file>          exports the views; it must not open a store when it is loaded
  --rate <n>               rebuild: at most so many entities a second, or changes of DynamoDB and projections
  --limit <n>              check: at most so many rows, and entities
  --force                  switch: also to a version that is not ready. drop: also the version that queries read
  --yes                    drop without asking
  --json                   print JSON; never asks
  --help

Exit codes: 0 done, 1 not done, differing or failed, 2 not understood.
`

const seeHelp = 'See npx tailfold views --help.'

/** Which actions take an option. */
const owners = {
  module: ['rebuild', 'check'],
  rate: ['rebuild'],
  limit: ['check'],
  force: ['switch', 'drop'],
  yes: ['drop'],
} as const

const options = {
  store: { type: 'string' },
  rows: { type: 'string' },
  module: { type: 'string' },
  rate: { type: 'string' },
  limit: { type: 'string' },
  force: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

/** Reads the arguments after `views`. Throws {@link UsageError}. */
export function readViewsArguments(args: readonly string[]): ViewsArguments {
  const { values, positionals } = parsed(args, options, seeHelp)
  const [name, view, ...rest] = positionals
  const action = actionIn(actions, name, seeHelp)
  if (rest.length > 0) throw new UsageError(`Unexpected argument ${quoted(rest[0])}. ${seeHelp}`)
  const takesModule = action === 'rebuild' || action === 'check'
  checkOptionsOf(action, values, owners, seeHelp)
  if (view === undefined) throw new UsageError(`Which view? Add its name, such as orders@2. ${seeHelp}`)
  if (!takesModule && !/^[^@]+@[1-9]\d{0,14}$/.test(view))
    throw new UsageError(`Which version? Write ${view.replace(/@.*/, '')}@<version>. ${seeHelp}`)
  if (takesModule && !values.module)
    throw new UsageError(`Which module exports the view? Add --module <file>. ${seeHelp}`)
  const store = parseStoreUrl(values.store)
  const rate = numberIn('rate', values.rate)
  const limit = numberIn('limit', values.limit)
  return {
    action,
    view,
    store,
    rows: values.rows === undefined ? store : rowsUrl(parseStoreUrl(values.rows)),
    module: values.module ?? '',
    ...(rate !== undefined && { rate }),
    ...(limit !== undefined && { limit }),
    force: values.force,
    yes: values.yes,
    json: values.json,
  }
}

/** Runs `tailfold views`. Resolves with the exit code; throws {@link UsageError} and what the store throws. */
export async function run(args: readonly string[], terminal: Terminal): Promise<0 | 1> {
  const request = readViewsArguments(args)
  const { action, store: url } = request
  const { store, close } = await (action === 'rebuild' || action === 'check'
    ? openScanned(url, terminal.env)
    : openStore(url, terminal.env))
  try {
    const { rows, close: closeRows } = await openRows(request.rows, terminal.env)
    try {
      const act = { rebuild, check, switch: switchTo, drop }[action]
      return await act({ store, rows }, request, terminal)
    } finally {
      await closeRows()
    }
  } finally {
    await close()
  }
}

/** The table of rows itself, where a table is named. */
function rowsUrl(url: StoreUrl): StoreUrl {
  return url.kind === 'dynamodb' ? { ...url, rowsTable: url.tableName } : url
}

function numberIn(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new UsageError(`--${option} must be a whole number from 1 on, not ${quoted(text)}. ${seeHelp}`)
}
