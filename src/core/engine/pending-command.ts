import type { ActorRef } from '../entity/behavior.ts'
import type { Principal, TypedMessage } from '../entity/entity.ts'
import { checkEntityId, checkTenant, describeEntity, type EntityKey } from '../base/entity-key.ts'
import { TailfoldError } from '../base/errors.ts'
import { conflictBudgetExhausted, outcomeUnknown } from '../base/failures.ts'
import { fingerprint as hash } from '../base/fingerprint.ts'
import { canonicalJson, jsonText } from '../base/json.ts'
import { type CommandObserver, type Effort, startObserving } from './observer.ts'
import type { Outcome, Verdict } from './outcome.ts'
import type { Platform } from '../base/platform.ts'

/** What a caller may say about one command. */
export interface ExecuteOptions {
  /** The idempotency key: 1 to 256 characters. The same id is carried out once and answered the same every time. */
  readonly commandId?: string | undefined
  /** Refuse with `revision-mismatch` unless the entity stands at this revision; 0 for "does not exist yet". */
  readonly expectedRevision?: number | undefined
  /**
   * `'new'`: a hint that nothing was ever written to the entity. Right, it saves the read: one request. Wrong, it costs a
   * conflict and nothing else. `expectedRevision: 0` implies it.
   */
  readonly expect?: 'new' | undefined
  /** Milliseconds since the Unix epoch after which no attempt begins. Default: now + `retry.timeoutMs`. */
  readonly deadline?: number | undefined
  /** Told every reply, after it is durable. */
  readonly replyTo?: ActorRef<unknown> | undefined
  /** Whose entity it is; entities of different tenants never meet. Default: nobody's. */
  readonly tenant?: string | undefined
  /** Who sends the command: reaches `onCommand`, and its id the commit. A command id is its principal's own. */
  readonly principal?: Principal | undefined
  /** The trace the command belongs to, in the form of W3C Trace Context; stands in the commit. */
  readonly traceparent?: string | undefined
  /** Names the request the command came with; for the observers alone. */
  readonly requestId?: string | undefined
}

/** A command on its way through the engine. */
export interface Task {
  /** The command without its `replyTo`. */
  readonly command: TypedMessage
  readonly commandId: string | undefined
  readonly principal: Principal | undefined
  readonly traceparent: string | undefined
  /** Hash of the command and its principal, kept in its receipt. */
  readonly fingerprint: string
  readonly expectedRevision: number | undefined
  /** The caller believes that the entity does not exist yet. */
  readonly expectsNew: boolean
  /** Milliseconds since the Unix epoch. */
  readonly deadline: number
  /** Tells the caller; only the first verdict counts. */
  settle(verdict: Verdict, effort?: Effort): void
  /** To be called before each attempt: false when the caller has been answered, for its time has run out. */
  begin(): boolean
}

const longestCommandId = 256

/** The engine's own, more exact errors come first; then the caller is answered whatever still hangs. */
const graceMs = 20

/** What a task needs besides its request. */
export interface TaskOptions extends ExecuteOptions {
  /** See {@link fingerprintOf}; not looked at without a command id. */
  readonly fingerprint: string
  readonly deadline: number
  readonly observers: readonly CommandObserver[]
  readonly onWarning: (message: string, error: unknown) => void
}

/**
 * Makes the task of a request that has passed `checkRequest`; `parsed` is the command as its schema makes it.
 */
export function makeTask(
  platform: Platform,
  entity: EntityKey,
  command: TypedMessage,
  parsed: TypedMessage,
  options: TaskOptions,
): { readonly task: Task; readonly outcome: Promise<Outcome> } {
  const { commandId, expectedRevision, deadline, replyTo, principal, traceparent, onWarning } = options
  const { replyTo: _, ...bare } = parsed as TypedMessage & { replyTo?: unknown }
  const ended = startObserving(platform, entity, command, options)
  const { promise: outcome, resolve, reject } = Promise.withResolvers<Outcome>()
  let settled = false
  let begun = false

  function settle(verdict: Verdict, effort?: Effort): void {
    if (settled) return
    settled = true
    cancelTimer()
    ended(verdict, effort)
    const costs = effort?.cost === undefined ? {} : { cost: effort.cost }
    switch (verdict.kind) {
      case 'replied': {
        const { kind, reply, told, stopped, revision } = verdict
        resolve({ kind, reply, stopped, revision, replayed: false, ...costs })
        for (const message of told) tell(message)
        return
      }
      case 'rejected':
        resolve({ ...verdict, replayed: false, ...costs })
        return
      case 'recorded':
        resolve({ ...verdict.outcome, ...costs })
        if (verdict.outcome.kind === 'replied' && verdict.outcome.reply !== undefined) {
          tell(verdict.outcome.reply)
        }
        return
      case 'failed':
        reject(verdict.error)
    }
  }

  /** What is committed is committed, whatever the one who is told makes of it. */
  function tell(message: unknown): void {
    try {
      replyTo?.tell(message)
    } catch (error) {
      onWarning(
        `A replyTo given with a command for ${describeEntity(entity)} threw; the command is not affected.`,
        error,
      )
    }
  }

  const cancelTimer = platform.schedule(deadline - platform.now() + graceMs, () => {
    const late = new Error('the time of the command ran out')
    settle({
      kind: 'failed',
      error: begun ? outcomeUnknown(entity, late) : conflictBudgetExhausted(entity, 0),
    })
  })

  const task: Task = {
    command: bare,
    commandId,
    principal,
    traceparent,
    fingerprint: options.fingerprint,
    expectedRevision,
    expectsNew: options.expect === 'new' || expectedRevision === 0,
    deadline,
    settle,
    begin() {
      if (!settled && platform.now() >= deadline) {
        settle({ kind: 'failed', error: conflictBudgetExhausted(entity, 0) })
      }
      begun ||= !settled
      return !settled
    },
  }
  return { task, outcome }
}

function isCommandId(commandId: unknown): boolean {
  if (typeof commandId !== 'string' || !commandId.isWellFormed()) return false
  return commandId.length >= 1 && commandId.length <= longestCommandId
}

/**
 * A command with an id is compared with its repeats, as it was sent, so it has to be plain JSON: else `invalid-command`.
 * The same id of another principal is another command: it must not be answered with what the first was told. The sender
 * is hashed apart, for who can choose the command could make one whose hash makes up for another sender.
 */
export function fingerprintOf(sent: TypedMessage, principal: Principal | undefined): string {
  const { replyTo: _, ...command } = sent as TypedMessage & { readonly replyTo?: unknown }
  try {
    jsonText(command, 'command')
  } catch (cause) {
    const problem = `with a command id it is plain JSON; ${cause instanceof Error ? cause.message : ''}`
    throw new TailfoldError('invalid-command', `The command is not valid: ${problem}`, { problem }, { cause })
  }
  const print = hash(canonicalJson(command))
  return principal === undefined ? print : `${print}.${hash(principal.id)}`
}

/** Throws `invalid-id` and `invalid-command`, and `TypeError` on a tenant or principal that cannot be. */
export function checkRequest(entity: EntityKey, command: TypedMessage, request: ExecuteOptions): void {
  checkTenant(entity.tenant)
  checkEntityId(entity.entityId)
  const { commandId, expectedRevision, principal } = request
  if (principal !== undefined && !isCommandId(principal.id)) {
    throw new TypeError(`A principal needs an id, a well-formed text of 1 to ${longestCommandId} characters.`)
  }
  const problem =
    typeof command !== 'object' || command === null || typeof command.type !== 'string'
      ? 'a command is an object with its name in `type`'
      : commandId !== undefined && !isCommandId(commandId)
        ? `a command id is a well-formed text of 1 to ${longestCommandId} characters`
        : Number.isNaN(request.deadline)
          ? 'a deadline is a time in milliseconds'
          : expectedRevision !== undefined &&
              !(Number.isSafeInteger(expectedRevision) && expectedRevision >= 0)
            ? 'an expected revision is a whole number from 0 on'
            : undefined
  if (problem === undefined) return
  throw new TailfoldError('invalid-command', `The command is not valid: ${problem}.`, { problem })
}
