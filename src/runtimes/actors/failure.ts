import { isTailfoldError, TailfoldError } from '../../core/base/errors.ts'
import { callHook } from '../../core/engine/hooks.ts'
import type { Outcome } from '../../core/engine/outcome.ts'

/** What happened to an actor or to a message, and what was done about it. */
export interface ActorFailure {
  /** `account/acc-001`. */
  readonly entity: string
  readonly error: TailfoldError
  /**
   * `'restarted'`: a handler failed; the actor recovers from its journal. `'stopped'`: it failed too often, or the message
   * came after it had stopped. `'resumed'`: the command of a `tell` failed for another reason, a rejection for example;
   * the actor goes on.
   */
  readonly decision: 'restarted' | 'stopped' | 'resumed'
  /** Restarts within the window, this one included; 0 when the actor itself did not fail. */
  readonly restarts: number
  /** Milliseconds until the actor takes messages again; 0 unless it restarts. */
  readonly delayMs: number
}

/** True for the errors after which an actor is restarted: its own handlers failed. */
export function isActorFailure(error: unknown): error is TailfoldError {
  return (
    isTailfoldError(error, 'handler-failed') ||
    isTailfoldError(error, 'unknown-event') ||
    isTailfoldError(error, 'not-json')
  )
}

/** A rejection as the error that an asker gets. */
export function rejected(entity: string, outcome: Extract<Outcome, { kind: 'rejected' }>): TailfoldError {
  const { reason, details, revision } = outcome
  const data = { entity, reason, details, revision }
  return new TailfoldError('rejected', `${entity} rejected the command: ${reason}.`, data)
}

/** The failure of a told command whose actor goes on, or had stopped before. */
export function undelivered(entity: string, error: TailfoldError): ActorFailure {
  const decision = error.code === 'entity-stopped' ? 'stopped' : 'resumed'
  return { entity, error, decision, restarts: 0, delayMs: 0 }
}

/** The error for a spawn in a system that was stopped. */
export function systemStopped(system: string, entity: string): TailfoldError {
  const why = `the system ${system} was stopped`
  return new TailfoldError('entity-stopped', `${entity} cannot be spawned: ${why}.`, { entity, why })
}

/** Makes the one reporter of a system: calls `onFailure`, or writes a line to stderr. Never throws. */
export function failureReporter(
  onFailure: (failure: ActorFailure) => unknown = writeLine,
): (failure: ActorFailure) => void {
  return (failure) => {
    const warn = (message: string, cause: unknown) => {
      console.error(`tailfold: ${message}`, cause)
      writeLine(failure)
    }
    callHook(() => onFailure(failure), warn, 'supervision.onFailure failed; this was its failure:')
  }
}

function writeLine({ entity, error, decision, restarts, delayMs }: ActorFailure): void {
  const consequence = {
    restarted: `The actor restarts from its journal in ${delayMs} ms (restart ${restarts}).`,
    stopped: restarts > 0 ? `The actor stopped after ${restarts} restarts.` : 'The actor is stopped.',
    resumed: 'The actor goes on.',
  }[decision]
  console.error(`tailfold: ${entity}: ${error.code}: ${error.message} ${consequence}`, error.cause ?? '')
}
