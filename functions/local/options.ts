import { parseArgs } from 'node:util'

/** Where the local server keeps its journal. */
export type JournalKind = 'memory' | 'sqlite' | 'dynamodb'

/** What the local server was asked for. */
export interface LocalOptions {
  readonly journal: JournalKind
  /** 0 for any free port. */
  readonly port: number
  /** Folder of the SQLite file. */
  readonly dataFolder: string
}

/** A mistake in the command line or environment, worded for the person who made it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const kinds: readonly string[] = ['memory', 'sqlite', 'dynamodb'] satisfies readonly JournalKind[]

/** Reads `--journal`, `PORT` and `TAILFOLD_DATA`; an empty variable counts as absent. Throws {@link UsageError}. */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): LocalOptions {
  const journal = journalFlag(args)
  return { journal, port: portOf(env['PORT'] || '3000'), dataFolder: env['TAILFOLD_DATA'] || '.tailfold' }
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new UsageError(`PORT must be a number from 0 to 65535, not ${JSON.stringify(text)}.`)
}

function journalFlag(args: readonly string[]): JournalKind {
  const usage = 'Usage: npm start -- [--journal memory|sqlite|dynamodb]'
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { journal: { type: 'string', default: 'sqlite' } },
    })
    if (!kinds.includes(values.journal)) {
      throw new UsageError(`Unknown journal ${JSON.stringify(values.journal)}. ${usage}`)
    }
    return values.journal as JournalKind
  } catch (error) {
    if (error instanceof UsageError) throw error
    const [firstSentence] = error instanceof Error ? error.message.split('. ') : []
    throw new UsageError(`${firstSentence}. ${usage}`)
  }
}
