import { actionIn, checkOptionsOf, parsed, quoted, UsageError } from './command-line.ts'
import { type ConsumersRequest, listConsumers, listParked, release } from './consumers-actions.ts'
import { tail } from './consumers-tail.ts'
import { entityOf, storeKey } from '../journal/key.ts'
import { openFollowed, openRows, parseStoreUrl, type StoreUrl, storeUrlHelp } from './store-url.ts'
import type { Terminal } from './terminal.ts'

const actions = ['tail', 'list', 'parked', 'retry', 'skip', 'catch-up'] as const

/** A command line of `tailfold consumers` that was understood. */
export interface ConsumersArguments extends ConsumersRequest {
  readonly store: StoreUrl
  readonly fromBeginning: boolean
}

/** What `--help` prints. */
export const usage: string = `Usage: npx tailfold consumers <action> --store <url> [options]

  tail                          print each event as it is committed
  list                          the consumers of this store, when they were first started, and how many entities are parked
  parked <consumer>             entities whose event could not be handled, and why
  retry <consumer> <entity>     deliver a parked entity again, after its cause was fixed
  skip <consumer> <entity> --revision <n>   continue after the commit that failed; not for a view, which has none
  catch-up <consumer>           read all events again; those that were handled are not delivered twice

A consumer is named as in list, such as billing@1; an entity by its key, such as account/acc-001. What retry, skip and
catch-up ask for is done by the process that follows the journal, within a second.

${storeUrlHelp}
  --from-beginning              tail: begin with the first event
  --revision <n>                skip: the commit to skip, as parked shows it
  --json                        print JSON, one object a line
  --help

Exit codes: 0 done, 1 not done or failed, 2 not understood.
`

const seeHelp = 'See npx tailfold consumers --help.'

const options = {
  store: { type: 'string' },
  revision: { type: 'string' },
  'from-beginning': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

/** Reads the arguments after `consumers`. Throws {@link UsageError}. */
export function readConsumersArguments(args: readonly string[]): ConsumersArguments {
  const { values, positionals } = parsed(args, options, seeHelp)
  const [name, consumer, entity, ...rest] = positionals
  const action = actionIn(actions, name, seeHelp)
  checkOptionsOf(action, values, { revision: ['skip'], 'from-beginning': ['tail'] }, seeHelp)
  const takes = { tail: 0, list: 0, parked: 1, retry: 2, skip: 2, 'catch-up': 1 }[action]
  const unexpected = [consumer, entity, ...rest][takes]
  if (unexpected !== undefined) throw new UsageError(`Unexpected argument ${quoted(unexpected)}. ${seeHelp}`)
  if (takes >= 1 && !consumer)
    throw new UsageError(`Which consumer? Add its name, such as billing@1. ${seeHelp}`)
  if (takes === 2 && !entity)
    throw new UsageError(`Which entity? Add its key, such as account/acc-001. ${seeHelp}`)
  if (takes === 2 && entity !== undefined) checkKey(entity)
  const revision = Number(values.revision)
  if (action === 'skip' && !(Number.isSafeInteger(revision) && revision > 0))
    throw new UsageError(`Which commit? Add --revision <n>, as parked shows it. ${seeHelp}`)
  return {
    action,
    store: parseStoreUrl(values.store),
    ...(consumer !== undefined && { consumer: consumer.includes('@') ? consumer : `${consumer}@1` }),
    ...(entity !== undefined && { entity }),
    ...(action === 'skip' && { revision }),
    fromBeginning: values['from-beginning'],
    json: values.json,
  }
}

/** Throws {@link UsageError} unless a text is the key of an entity. */
function checkKey(text: string): void {
  const entity = entityOf(text)
  const key = entity && storeKey(entity)
  if (key === text) return
  const meant = key === undefined ? '' : `; write ${key}`
  throw new UsageError(
    `An entity is named by its key, such as account/acc-001, its id percent-encoded; not ${quoted(text)}${meant}. ${seeHelp}`,
  )
}

/** Runs `tailfold consumers`. Resolves with the exit code; throws {@link UsageError} and what the store throws. */
export async function run(args: readonly string[], terminal: Terminal): Promise<0 | 1> {
  const request = readConsumersArguments(args)
  if (request.action === 'tail') {
    const { store, close } = await openFollowed(request.store, terminal.env, request.fromBeginning)
    try {
      await tail(store, request, terminal, terminal.readerLeft)
      return 0
    } catch (error) {
      if (terminal.readerLeft?.aborted === true) return 0
      throw error
    } finally {
      await close()
    }
  }
  const { rows, close } = await openRows(request.store, terminal.env)
  try {
    if (request.action === 'list') return await listConsumers(rows, request, terminal)
    if (request.action === 'parked') return await listParked(rows, request, terminal)
    return await release(rows, request, terminal)
  } finally {
    await close()
  }
}
