import type { EntityKey } from '../core/base/entity-key.ts'
import { isTailfoldError } from '../core/base/errors.ts'
import { type Platform, sleep } from '../core/base/platform.ts'
import type { Commit } from '../core/journal/commit.ts'
import type { EventConsumer } from './consumer.ts'
import { eventsOfCommit } from './delivered-events.ts'
import { fieldOf } from './error-text.ts'

/** How far the handler came with some commits. */
export interface Handled {
  /** Commits handled completely, from the first on. */
  readonly commits: number
  /** What the next one failed on: `'later'` passes by itself, `'poison'` does not. */
  readonly failure?: { readonly kind: 'later' | 'poison'; readonly error: unknown } | undefined
}

/** Tries of a handler before its entity is parked. */
const tries = 3
const longestPauseMs = 200

/** What handling needs beside the commits. */
export interface HandleOptions {
  readonly platform: Platform
  readonly replay: boolean
  /** Asked before each call of the handler. */
  readonly mayBegin: () => boolean | Promise<boolean>
}

/** Hands the events of some commits of one entity to a consumer, in order. */
export async function handleCommits(
  consumer: EventConsumer,
  key: string,
  entity: EntityKey,
  commits: readonly Commit[],
  options: HandleOptions,
): Promise<Handled> {
  for (const [index, commit] of commits.entries()) {
    for (const { event, meta } of eventsOfCommit(key, entity, commit, options.replay)) {
      const failure = await handleEvent(() => consumer.handle(event, meta), options)
      if (failure !== undefined) return { commits: index, failure }
    }
  }
  return { commits: commits.length }
}

async function handleEvent(
  handle: () => Promise<void> | void,
  { platform, mayBegin }: HandleOptions,
): Promise<Handled['failure']> {
  for (let attempt = 1; ; attempt++) {
    if (!(await mayBegin())) return { kind: 'later', error: cutOff() }
    try {
      await handle()
      return undefined
    } catch (error) {
      if (passesByItself(error)) return { kind: 'later', error }
      if (attempt === tries) return { kind: 'poison', error }
      await sleep(platform, platform.random() * longestPauseMs)
    }
  }
}

/** The error of what was not begun, as the batch had to end. */
export function cutOff(): Error {
  return new Error('The deadline of the batch passed.')
}

/** True for an error that says that the same call may succeed later. */
export function passesByItself(error: unknown): boolean {
  const $retryable = fieldOf(error, '$retryable')
  return fieldOf(error, 'retryable') === true || (typeof $retryable === 'object' && $retryable !== null)
}

/** True for an error about the records of one entity, which no retry mends. */
export function isPoison(error: unknown): boolean {
  return isTailfoldError(error, 'journal-corrupt')
}
