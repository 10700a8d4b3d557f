import type { Persisted } from '../entity/behavior.ts'
import type { AnyEntity, CommandContext, TypedMessage } from '../entity/entity.ts'
import { isTailfoldError } from '../base/errors.ts'
import { handlerFailed, tooManyEvents, unexpected } from '../base/failures.ts'
import { deepFreeze, jsonText } from '../base/json.ts'
import type { Verdict } from './outcome.ts'
import { type Platform, withTimeout } from '../base/platform.ts'
import type { FindCommandId, ReadCommit } from './receipts.ts'
import { checkEvents, checkReply, unhandledCommand } from '../entity/schema-checks.ts'
import type { Task } from './pending-command.ts'
import { isThenable } from '../base/thenable.ts'
import { foldEvent, type View } from './view.ts'

/** What an attempt to decide needs from its engine. */
export interface Attempt extends Pick<CommandContext, 'now' | 'attempt'> {
  readonly platform: Platform
  /** True to carry nothing out after `Behaviors.stopped()`. */
  readonly endsWhenStopped: boolean
  readonly keepsRefusals: boolean
  /** Events one command may persist. */
  readonly maxEvents: number
  /** How many command ids a view remembers. */
  readonly window: number
  readonly readCommit: ReadCommit
  readonly findCommandId: FindCommandId | undefined
}

/** Where the entity stands between two commands of a batch. All that the batch writes becomes one revision. */
export interface Point {
  readonly state: unknown
  readonly sequenceNr: number
  readonly revision: number
}

/** What one command came to: an answer, and where it leaves the entity if that is written. */
export interface Step {
  readonly verdict: Verdict
  readonly events: readonly unknown[]
  readonly eventTexts: readonly string[]
  readonly after: Point
}

/** Runs `onCommand` on one command and tries what it decided: events are folded, replies made. Never throws. */
export async function decideOne(
  definition: AnyEntity,
  view: View,
  at: Point,
  task: Task,
  attempt: Attempt,
): Promise<Step> {
  const told: unknown[] = []
  const command = { ...task.command, replyTo: { tell: (message: unknown) => void told.push(message) } }
  const { now, attempt: number, platform } = attempt
  const { commandId, principal } = task
  const ctx = { ...view.entity, now, attempt: number, commandId, principal, revision: at.revision }
  const time = { platform, deadline: task.deadline }
  const late = () =>
    handlerFailed(view.entity, 'onCommand', 'did not answer before the deadline of the command')
  try {
    const behavior = await guard(view, 'onCommand', () => {
      const answer = definition.onCommand(ctx, deepFreeze(at.state), command)
      return isThenable(answer)
        ? withTimeout(platform, task.deadline - platform.now(), Promise.resolve(answer), late)
        : answer
    })
    switch (behavior?.kind) {
      case 'persisted': {
        const texts = eventTexts(view, behavior, attempt.maxEvents)
        const events = texts.map((text) => parseEvent(view, text))
        await checkEvents(definition, view.entity, events, time)
        const step = { ...persistedStep(definition, view, at, behavior, events, told), eventTexts: texts }
        await checkReply(definition, view.entity, command, step.verdict, time)
        return step
      }
      case 'same':
      case 'stopped': {
        const verdict = repliedVerdict(told, at.revision, behavior.kind === 'stopped')
        await checkReply(definition, view.entity, command, verdict, time)
        return quietStep(at, verdict)
      }
      case 'rejected': {
        const { reason } = behavior
        const details = storedForm(behavior.details, 'details of the refusal')
        return quietStep(at, { kind: 'rejected', reason, details, revision: at.revision })
      }
      default:
        return quietStep(at, { kind: 'failed', error: unhandledCommand(view.entity, task.command.type) })
    }
  } catch (error) {
    return quietStep(at, {
      kind: 'failed',
      error: isTailfoldError(error) ? error : unexpected(view.entity, error),
    })
  }
}

function eventTexts(
  view: View,
  { events }: Persisted<TypedMessage, unknown>,
  maxEvents: number,
): readonly string[] {
  if (!Array.isArray(events)) throw handlerFailed(view.entity, 'onCommand', 'persisted no list of events')
  if (events.length > maxEvents) throw tooManyEvents(view.entity, events.length, maxEvents)
  return events.map((event) => jsonText(event, 'event'))
}

function parseEvent(view: View, text: string): TypedMessage {
  const event = JSON.parse(text) as Partial<TypedMessage> | null
  if (typeof event === 'object' && event !== null && typeof event.type === 'string') {
    return event as TypedMessage
  }
  const problem = 'persisted an event that is not an object with its name in `type`'
  throw handlerFailed(view.entity, 'onCommand', problem)
}

/** Folds the events before anyone writes them: nothing becomes durable that `onEvent` cannot apply. */
function persistedStep(
  definition: AnyEntity,
  view: View,
  at: Point,
  behavior: Persisted<TypedMessage, unknown>,
  events: readonly TypedMessage[],
  told: readonly unknown[],
): Omit<Step, 'eventTexts'> {
  let { state, sequenceNr } = at
  for (const event of events) state = foldEvent(definition, view.entity, ++sequenceNr, state, event)
  const after = events.length === 0 ? at : { state, sequenceNr, revision: view.revision + 1 }
  const replies = behavior.reply === undefined ? told : [buildReply(view, behavior, deepFreeze(state))]
  return { verdict: repliedVerdict(replies, after.revision, false), events, after }
}

/** An answer that changes nothing. */
export function quietStep(at: Point, verdict: Verdict): Step {
  return { verdict, events: [], eventTexts: [], after: at }
}

/** `reply` is synchronous: a promise is not JSON and is refused as such. */
function buildReply(view: View, behavior: Persisted<TypedMessage, unknown>, newState: unknown): unknown {
  try {
    return behavior.reply?.(newState)
  } catch (cause) {
    throw handlerFailed(view.entity, 'reply', 'threw', cause)
  }
}

function repliedVerdict(replies: readonly unknown[], revision: number, stopped: boolean): Verdict {
  const told = replies.map((message) => storedForm(message, 'reply'))
  return { kind: 'replied', reply: told[0], told, stopped, revision }
}

/** What a later reader of the journal would get: a copy that nobody can change, so that all callers are told the same. */
function storedForm(value: unknown, what: string): unknown {
  return value === undefined ? undefined : deepFreeze(JSON.parse(jsonText(value, what)))
}

async function guard<Result>(
  view: View,
  handler: 'onCommand',
  run: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await run()
  } catch (cause) {
    throw isTailfoldError(cause, 'handler-failed')
      ? cause
      : handlerFailed(view.entity, handler, 'threw', cause)
  }
}
