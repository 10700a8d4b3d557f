import { actionIn, checkOptionsOf, parsed, quoted, timeoutIn, UsageError } from './command-line.ts'
import { databaseOf, parseStoreUrl, type StoreUrl, storeUrlHelp } from './store-url.ts'
import type { StoreRequest } from './stores/database.ts'
import type { Terminal } from './terminal.ts'

/** What `npx tailfold store --help` prints. */
export const usage: string = `Usage: npx tailfold store create|describe|wait --store <url> [options]

  create      create the tables, if they do not exist; of D1 print the SQL of a migration
  describe    print what is there, and what differs from what a journal needs
  wait        wait until the store exists

${storeUrlHelp}
  --rows                   the tables of what consumers and views keep, and not of the journal
  --timeout-seconds <n>    of wait; default: 120
  --json                   print JSON
  --help

Exit codes: 0 done, 1 failed or not fit for a journal, 2 not understood.
`

const seeHelp = 'See npx tailfold store --help.'
const actions = ['create', 'describe', 'wait'] as const

/** A command line `tailfold store …` that was understood. */
export interface StoreArguments extends StoreRequest {
  readonly store: StoreUrl
}

/** Reads what follows `tailfold store`. Throws {@link UsageError}. */
export function readStoreArguments(args: readonly string[]): StoreArguments {
  const { values, positionals } = parsed(
    args,
    {
      store: { type: 'string' },
      rows: { type: 'boolean', default: false },
      'timeout-seconds': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
    seeHelp,
  )
  const [name, ...rest] = positionals
  const action = actionIn(actions, name, seeHelp)
  if (rest.length > 0) throw new UsageError(`Unexpected argument ${quoted(rest[0])}. ${seeHelp}`)
  const { 'timeout-seconds': timeout, json, rows } = values
  checkOptionsOf(action, values, { 'timeout-seconds': ['wait'] }, seeHelp)
  return { action, store: parseStoreUrl(values.store), json, rows, timeoutSeconds: timeoutIn(timeout) }
}

/** Creates, describes or waits for the tables of a store. */
export async function run(args: readonly string[], { env, print }: Terminal): Promise<0> {
  const { store, ...request } = readStoreArguments(args)
  await databaseOf(store).administer(store, request, env, print)
  return 0
}
