import { parseArgs } from 'node:util'

/** Where the local server keeps its journal. */
export type JournalKind = 'memory' | 'sqlite' | 'dynamodb' | 'postgres' | 'libsql' | 'azure'

/** What stands between the local server and the app. */
export type RuntimeKind = 'node' | 'lambda'

/** What the local server was asked for. */
export interface LocalOptions {
  readonly journal: JournalKind
  readonly runtime: RuntimeKind
  /** 0 for any free port. */
  readonly port: number
  /** Folder of the SQLite file, or of the PostgreSQL server, sqld or Azurite. */
  readonly dataFolder: string
  /** Log a line of JSON for each command. */
  readonly log: boolean
}

/** A mistake in the command line or environment, worded for the person who made it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const journals = [
  'memory',
  'sqlite',
  'dynamodb',
  'postgres',
  'libsql',
  'azure',
] as const satisfies readonly JournalKind[]
const runtimes = ['node', 'lambda'] as const satisfies readonly RuntimeKind[]
const usage = `Usage: [PORT=3000] [TAILFOLD_DATA=.tailfold] npm start -- [--journal ${journals.join('|')}] [--runtime ${runtimes.join('|')}] [--log]`

/**
 * Reads `--journal`, `--runtime`, `--log`, `PORT` and `TAILFOLD_DATA`; an empty variable counts as absent. Throws
 * {@link UsageError}.
 */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): LocalOptions {
  const { journal, runtime, log } = readFlags(args)
  return {
    journal: oneOf(journals, 'journal', journal),
    runtime: oneOf(runtimes, 'runtime', runtime),
    port: portOf(env['PORT'] || '3000'),
    dataFolder: env['TAILFOLD_DATA'] || '.tailfold',
    log,
  }
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new UsageError(`PORT must be a number from 0 to 65535, not ${JSON.stringify(text)}.`)
}

function readFlags(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        journal: { type: 'string', default: 'sqlite' },
        runtime: { type: 'string', default: 'node' },
        log: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    const [firstSentence] = error instanceof Error ? error.message.split('. ') : []
    throw new UsageError(`${firstSentence}. ${usage}`)
  }
}

function oneOf<Kind extends string>(kinds: readonly Kind[], what: string, given: string): Kind {
  const kind = kinds.find((each) => each === given)
  if (kind === undefined) throw new UsageError(`Unknown ${what} ${JSON.stringify(given)}. ${usage}`)
  return kind
}
