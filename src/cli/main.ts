import { readFileSync } from 'node:fs'
import '../node-version.ts'
import { isTailfoldError } from '../core/base/errors.ts'
import { MissingError, type Noun, UsageError } from './command-line.ts'
import { processTerminal } from './terminal.ts'

/** What `tailfold <noun> …` can be about. Each is loaded only when it is used. */
export const nouns: Readonly<Record<string, () => Promise<Noun>>> = {
  init: () => import('./init.ts'),
  store: () => import('./store.ts'),
  table: () => import('./table.ts'),
  repair: () => import('./repair.ts'),
  consumers: () => import('./consumers.ts'),
  views: () => import('./views.ts'),
}

/** As far from here in the package as in the repository. */
const packageFile = new URL('../../package.json', import.meta.url)

/**
 * Carries out a command line: prints its result to standard output, and an error in one line to standard error.
 * Resolves with the exit code: 0 done, 1 failed, 2 not understood.
 */
export async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<0 | 1 | 2> {
  const readerLeft = new AbortController()
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader such as `head` may have seen enough.
    if (error.code !== 'EPIPE') throw error
    readerLeft.abort()
  })
  const terminal = { ...processTerminal(env), readerLeft: readerLeft.signal }
  const [name = '--help', ...rest] = args
  try {
    if (name === '--help' || name === '-h') {
      const lines = await Promise.all(Object.values(nouns).map(async (load) => lineOfUsage(await load())))
      terminal.print(
        `Usage:\n${lines.join('')}  npx tailfold --version\n\nnpx tailfold <command> --help says what each does.\n`,
      )
      return 0
    }
    if (name === '--version') {
      const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string }
      terminal.print(`${version}\n`)
      return 0
    }
    const load = Object.hasOwn(nouns, name) ? nouns[name] : undefined
    if (load === undefined) {
      const known = Object.keys(nouns).join(', ')
      throw new UsageError(
        `Unknown command ${JSON.stringify(name)}. Known: ${known}. See npx tailfold --help.`,
      )
    }
    const { usage, run } = await load()
    if (!rest.includes('--help') && !rest.includes('-h')) return await run(rest, terminal)
    terminal.print(usage)
    return 0
  } catch (error) {
    process.stderr.write(`${lineOf(error)}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

/** The first line of what a noun prints, without "Usage: ". */
function lineOfUsage({ usage }: Noun): string {
  return usage.slice(0, usage.indexOf('\n') + 1).replace('Usage: ', '  ')
}

/** The AWS SDK adds further lines to its messages, for authors of clients. */
function lineOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (code === 'ERR_MODULE_NOT_FOUND' && String(message).includes('@aws-sdk/client-dynamodb')) {
    return 'The AWS SDK is not installed: npm install @aws-sdk/client-dynamodb'
  }
  const [first = ''] = String(message).split('\n')
  const line = first.replace('or pass region to the client', 'or add --region, to --store ?region=<region>')
  if (isTailfoldError(error, 'store-unavailable') && error.data.applied === 'unknown') {
    return `${line} Try again, and check that it is the database that answers there.`
  }
  return isTailfoldError(error) || error instanceof UsageError || error instanceof MissingError
    ? line
    : `Unexpected: ${line}`
}
