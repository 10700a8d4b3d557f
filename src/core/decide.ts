import type { Persisted } from './behavior.ts'
import type { Cause, Receipt } from './commit.ts'
import { checkEvents, checkReply, unhandledCommand } from './schema-checks.ts'
import type { AnyEntity, CommandContext, TypedMessage } from './entity.ts'
import { describeEntity } from './entity-key.ts'
import { isTailfoldError, TailfoldError } from './errors.ts'
import {
  conflictBudgetExhausted,
  entityStopped,
  handlerFailed,
  tooManyEvents,
  unexpected,
} from './failures.ts'
import { deepFreeze, jsonText } from './json.ts'
import type { Verdict } from './outcome.ts'
import { type Platform, withTimeout } from './platform.ts'
import { type FindCommandId, findReceipt, type ReadCommit, replay } from './receipts.ts'
import type { Task } from './task.ts'
import { isThenable } from './thenable.ts'
import { foldEvent, type View } from './view.ts'

/** The answers to a batch of commands, and what has to be written before they may be given. */
export interface Decision {
  /** One for each task, in order. */
  readonly verdicts: readonly Verdict[]
  readonly events: readonly unknown[]
  readonly eventTexts: readonly string[]
  readonly receipts: readonly Receipt[]
  /** `undefined` when nothing is known of any command. */
  readonly causes: readonly Cause[] | undefined
  /** State after `events`. */
  readonly state: unknown
}

/** True when a commit has to be written: there are events, or refusals to be recorded. */
export function needsCommit(decision: Decision): boolean {
  return decision.events.length > 0 || decision.receipts.length > 0
}

/** True when every answer is a recorded one, which no newer state can change. */
export function isRecorded(decision: Decision): boolean {
  return decision.verdicts.every((verdict) => verdict.kind === 'recorded')
}

/**
 * Runs `onCommand` for each task in order, each on the state the one before left. A command that throws or is refused
 * leaves no trace in the state and does not fail the others. Nothing is written and nobody is told yet.
 */
export async function decide(
  definition: AnyEntity,
  view: View,
  tasks: readonly Task[],
  attempt: Attempt,
): Promise<Decision> {
  const verdicts: Verdict[] = []
  const events: unknown[] = []
  const eventTexts: string[] = []
  const receipts: Receipt[] = []
  const causes: Cause[] = []
  let at: Point = { state: view.state, sequenceNr: view.sequenceNr, revision: view.revision }

  let stopped = false
  for (const task of tasks) {
    if (stopped || !task.begin()) {
      verdicts.push({
        kind: 'failed',
        error: stopped ? entityStopped(view.entity) : conflictBudgetExhausted(view.entity, 0),
      })
      continue
    }
    const found = await findRecorded(attempt, view, receipts, task)
    if (found !== undefined) {
      verdicts.push(replay(view, task, found))
      continue
    }
    const step =
      checkExpectedRevision(view, at, task) ?? (await decideOne(definition, view, at, task, attempt))
    const receipt = receiptOf(attempt, task, step, events.length)
    verdicts.push(receipt === undefined ? step.verdict : atCommit(step.verdict, view.revision + 1))
    if (receipt !== undefined) receipts.push(receipt)
    if (receipt !== undefined || step.events.length > 0) causes.push(...causesOf(task, step, events.length))
    events.push(...step.events)
    eventTexts.push(...step.eventTexts)
    // A recorded refusal is part of the commit too: what follows sees its revision, as it would in a commit of its own.
    at = receipt === undefined ? step.after : { ...step.after, revision: view.revision + 1 }
    stopped = attempt.endsWhenStopped && step.verdict.kind === 'replied' && step.verdict.stopped
  }
  const known = causes.length > 0 ? causes : undefined
  return { verdicts, events, eventTexts, receipts, causes: known, state: deepFreeze(at.state) }
}

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
interface Point {
  readonly state: unknown
  readonly sequenceNr: number
  readonly revision: number
}

interface Step {
  readonly verdict: Verdict
  readonly events: readonly unknown[]
  readonly eventTexts: readonly string[]
  readonly after: Point
}

async function decideOne(
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

function quietStep(at: Point, verdict: Verdict): Step {
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

async function findRecorded(
  { readCommit, findCommandId, window }: Attempt,
  view: View,
  pending: readonly Receipt[],
  task: Task,
) {
  const { commandId } = task
  if (commandId === undefined) return undefined
  const receipt = pending.find((candidate) => candidate.commandId === commandId)
  return receipt === undefined
    ? findReceipt(readCommit, findCommandId, view, window, commandId)
    : { receipt, revision: view.revision + 1 }
}

/** With a command id, an outcome that changes or refuses something is recorded; queries never are. */
function receiptOf(
  { keepsRefusals }: Attempt,
  task: Task,
  step: Step,
  firstEvent: number,
): Receipt | undefined {
  const { commandId, fingerprint } = task
  const { verdict } = step
  const eventCount = step.events.length
  if (commandId === undefined) return undefined
  const entry = { commandId, fingerprint, firstEvent, eventCount }
  if (verdict.kind === 'rejected' && keepsRefusals) {
    return { ...entry, outcome: { kind: 'rejected', reason: verdict.reason, details: verdict.details } }
  }
  return verdict.kind === 'replied' && eventCount > 0
    ? { ...entry, outcome: { kind: 'replied', reply: verdict.reply } }
    : undefined
}

function causesOf({ principal, traceparent }: Task, step: Step, firstEvent: number): readonly Cause[] {
  if (principal === undefined && traceparent === undefined) return []
  const eventCount = step.events.length
  const sender = principal && { principal: principal.id }
  return [{ firstEvent, eventCount, ...sender, ...(traceparent !== undefined && { traceparent }) }]
}

/** A recorded refusal makes a commit too, and is answered with its revision now and whenever it is repeated. */
function atCommit(verdict: Verdict, revision: number): Verdict {
  return verdict.kind === 'rejected' ? { ...verdict, revision } : verdict
}

function checkExpectedRevision(view: View, at: Point, task: Task): Step | undefined {
  const expected = task.expectedRevision
  const actual = at.revision
  if (expected === undefined || expected === actual) return undefined
  const entity = describeEntity(view.entity)
  const error = new TailfoldError(
    'revision-mismatch',
    `${entity} stands at revision ${actual}, not at the expected ${expected}. Read it again and decide anew.`,
    { entity, expected, actual },
  )
  return quietStep(at, { kind: 'failed', error })
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
