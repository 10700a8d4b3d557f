import { isTailfoldError } from '../core/base/errors.ts'
import { help, readArguments, UsageError } from './arguments.ts'
import { processTerminal } from './terminal.ts'

/**
 * Carries out a command line: prints to standard output what it did, to standard error in one line why it could not.
 * Resolves with the exit code: 0 done, 1 failed, 2 not understood.
 */
export async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<0 | 1 | 2> {
  process.stdout.on('error', ignoreClosedPipe)
  try {
    if (args[0] === 'repair') {
      const { run } = await import('./repair.ts')
      return await run(args.slice(1), processTerminal(env))
    }
    const request = readArguments(args, env)
    if (request === 'help') {
      process.stdout.write(help)
      return 0
    }
    // The command line is understood, and helped with, without the AWS SDK.
    const { runTableAction } = await import('./table.ts')
    await runTableAction(request, env, (text) => void process.stdout.write(text))
    return 0
  } catch (error) {
    process.stderr.write(`${lineOf(error)}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

/** What the AWS SDK adds to its messages in further lines is for the makers of clients. */
function lineOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (code === 'ERR_MODULE_NOT_FOUND' && String(message).includes('@aws-sdk/client-dynamodb')) {
    return 'The AWS SDK is not installed: npm install @aws-sdk/client-dynamodb'
  }
  const line = String(message).split('\n')[0] ?? ''
  if (isTailfoldError(error, 'store-unavailable') && error.data.applied === 'unknown') {
    return `${line} Try again, and check that it is DynamoDB that answers there.`
  }
  return isTailfoldError(error) || error instanceof UsageError ? line : `Unexpected: ${line}`
}

/** A reader such as `head` may have seen enough. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
