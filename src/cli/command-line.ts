import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { Terminal } from './terminal.ts'

/** One noun of the command line, in a file of its own: `npx tailfold <noun> …`. */
export interface Noun {
  /** What `--help` prints, ending with a line feed. */
  readonly usage: string
  /** Carries out what follows the noun; resolves with the exit code. Throws {@link UsageError} for a wrong command line. */
  run(args: readonly string[], terminal: Terminal): Promise<0 | 1>
}

/** A mistake in the command line, worded for the person who made it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Something is missing that the command line cannot bring: the exit code is 1. */
export class MissingError extends Error {
  override readonly name = 'MissingError'
}

/** Reads options and positionals. Throws {@link UsageError}, which ends with `seeHelp`. */
export function parsed<Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  seeHelp: string,
): ReturnType<typeof parseArgs<{ args: string[]; allowPositionals: true; options: Options }>> {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (error) {
    const [firstSentence] = error instanceof Error ? error.message.split('. ') : []
    throw new UsageError(`${firstSentence}. ${seeHelp}`)
  }
}

/** The action that was named. Throws {@link UsageError} for any other word. */
export function actionIn<Action extends string>(
  actions: readonly Action[],
  name: string | undefined,
  seeHelp: string,
): Action {
  const action = actions.find((each) => each === name)
  if (action !== undefined) return action
  throw new UsageError(`The action must be one of ${actions.join(', ')}, not ${quoted(name)}. ${seeHelp}`)
}

/** Throws {@link UsageError} on an option that was given and belongs to other actions. `owners`: option to its actions. */
export function checkOptionsOf<Action extends string>(
  action: Action,
  values: Readonly<Record<string, unknown>>,
  owners: Readonly<Record<string, readonly Action[]>>,
  seeHelp: string,
): void {
  for (const [option, actions] of Object.entries(owners)) {
    const isGiven = values[option] !== undefined && values[option] !== false
    if (isGiven && !actions.includes(action))
      throw new UsageError(`--${option} is an option of ${actions.join(' and ')}. ${seeHelp}`)
  }
}

/** The seconds of `--timeout-seconds`, 120 by default. Throws {@link UsageError}. */
export function timeoutIn(text = '120'): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new UsageError(`--timeout-seconds must be a whole number of seconds from 1, not ${quoted(text)}.`)
}

/** A word of the command line for a message. */
export function quoted(text: string | undefined): string {
  return text === undefined ? 'nothing' : JSON.stringify(text)
}
