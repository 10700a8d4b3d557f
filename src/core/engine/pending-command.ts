import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import type { TailfoldError } from '../base/errors.ts'
import { conflictBudgetExhausted, entityStopped, outcomeUnknown } from '../base/failures.ts'
import { after, type Platform, type RunInContext } from '../base/platform.ts'
import type { ActorRef, Principal, TypedMessage } from '../entity/message.ts'
import type { Metadata } from '../base/metadata.ts'
import type { CommandScope } from './command-scope.ts'
import { callHook, type Warn } from './hooks.ts'
import { type CommandObserver, type Effort, endOf, noEffort } from './observer.ts'
import type { Answer, Outcome } from './outcome.ts'
import type { CommandIdentity } from './receipts.ts'

/** What is known of a command from the start. */
export interface CommandFacts {
  /** Copied and frozen; without `replyTo`. */
  readonly command: TypedMessage
  /** Approximate bytes it takes while it waits. */
  readonly bytes: number
  /** `undefined` without a command id. */
  readonly identity: CommandIdentity | undefined
  readonly dedupe: 'window' | 'always'
  readonly principal: Principal | undefined
  readonly traceparent: string | undefined
  readonly metadata: Metadata | undefined
  readonly expectedRevision: number | undefined
  /** The caller believes that the entity does not exist yet. */
  readonly expectsNew: boolean
  readonly scope: CommandScope | undefined
  /** Milliseconds since the Unix epoch. */
  readonly acceptedAt: number
  /** Milliseconds since the Unix epoch; `Infinity` for none. */
  readonly deadline: number
}

/** A command on its way through the engine. */
export interface PendingCommand extends CommandFacts {
  /** Runs the user's code in the async context of the caller. */
  readonly inContext: RunInContext
  /** True while a commit of unknown fate may hold the command: then its time-out is `outcome-unknown`. */
  inDoubt: boolean
  /** Attempts to write it that came to nothing. */
  lost: number
  /** True once the caller has been answered: the command may no longer be carried out. */
  answered(): boolean
  /** To be called before each attempt: answers the caller whose time has run out or whose scope has ended. */
  dropIfExpired(): void
  /** Answers the caller; only the first answer counts. */
  answer(answer: Answer, effort?: Effort): void
}

/** Who waits for a command, and who watches it. */
export interface CommandCaller {
  readonly entity: EntityKey
  /** Name of the command as it was sent. */
  readonly sentType: string
  readonly requestId: string | undefined
  readonly replyTo: ActorRef<unknown> | undefined
  readonly observers: readonly CommandObserver[]
  readonly warn: Warn
}

/** Gives the engine time to return a more specific error. After that the command times out, even if work is pending. */
const graceMs = 20

const runDirectly: RunInContext = (run) => run()

/** Tells the observers of a command that it begins. Returns how to tell them its end. */
function observe(
  platform: Platform,
  { identity, principal, traceparent }: CommandFacts,
  { entity, sentType, requestId, observers, warn }: CommandCaller,
): (answer: Answer, effort: Effort) => void {
  if (observers.length === 0) return () => {}
  const call = <Result>(hook: () => Result) =>
    callHook(hook, warn, 'An observer failed; the command is not affected.')
  const startedAt = platform.now()
  const about = { command: sentType, commandId: identity?.commandId, requestId, principal: principal?.id }
  const ends = observers.map((observer) =>
    call(() => observer({ ...entity, ...about, traceparent, startedAt })),
  )
  return (answer, effort) => {
    const end = endOf(answer, effort, Math.max(0, platform.now() - startedAt))
    for (const ended of ends) if (typeof ended === 'function') call(() => ended(end))
  }
}

/** The commit stands even if `replyTo` throws. */
function tellReplies({ entity, replyTo, warn }: CommandCaller, replies: readonly unknown[]): void {
  if (replyTo === undefined) return
  const failed = `replyTo of a command for ${describeEntity(entity)} failed; the commit stands.`
  for (const message of replies) callHook(() => replyTo.tell(message) as unknown, warn, failed)
}

/** Makes a pending command, and the promise that its caller waits for. */
export function pendingCommand(
  platform: Platform,
  facts: CommandFacts,
  caller: CommandCaller,
): { readonly pending: PendingCommand; readonly outcome: Promise<Outcome> } {
  const { acceptedAt, deadline, scope } = facts
  const { entity } = caller
  const inContext = platform.captureContext?.() ?? runDirectly
  const ended = observe(platform, facts, caller)
  let settle: { resolve(outcome: Outcome): void; reject(error: TailfoldError): void } | undefined
  const outcome = new Promise<Outcome>((resolve, reject) => {
    settle = { resolve, reject }
  })

  function answer(given: Answer, effort: Effort = noEffort): void {
    const waiting = settle
    if (waiting === undefined) return
    settle = undefined
    cancelTimer()
    inContext(() => {
      ended(given, effort)
      if (given.outcome === undefined) return waiting.reject(given.error)
      if (given.outcome.kind === 'replied' && given.outcome.stopped) scope?.end(entityStopped(entity))
      waiting.resolve(effort.cost === undefined ? given.outcome : { ...given.outcome, cost: effort.cost })
      tellReplies(caller, given.replies)
    })
  }

  function timedOut(): TailfoldError {
    return pending.inDoubt
      ? outcomeUnknown(entity, new Error('The deadline of the command passed.'))
      : conflictBudgetExhausted(entity, pending.lost)
  }

  const cancelTimer = after(platform, deadline - acceptedAt + graceMs, () => answer({ error: timedOut() }))

  const pending: PendingCommand = {
    ...facts,
    inContext,
    inDoubt: false,
    lost: 0,
    answered: () => settle === undefined,
    dropIfExpired() {
      if (scope?.ended !== undefined) answer({ error: scope.ended })
      else if (platform.now() >= deadline) answer({ error: conflictBudgetExhausted(entity, pending.lost) })
    },
    answer,
  }
  return { pending, outcome }
}
