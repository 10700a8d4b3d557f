import { isTailfoldError } from '../base/errors.ts'
import { handlerFailed, tooManyEvents, unexpected } from '../base/failures.ts'
import { frozenJson, isPlainObject } from '../base/json.ts'
import type { Behavior, Persisted } from '../entity/behavior.ts'
import { callInTime, type TimeLimit } from '../entity/call-in-time.ts'
import type { CommandContext } from '../entity/entity.ts'
import type { TypedMessage } from '../entity/message.ts'
import { frozenMetadata, type Metadata, metadataForm } from '../base/metadata.ts'
import { checkEvents, checkReply, unhandledCommand } from '../entity/schema-checks.ts'
import type { Receipt } from '../journal/commit.ts'
import type { Decided } from './decided.ts'
import type { Deciding } from './deciding.ts'
import type { Answer } from './outcome.ts'
import type { PendingCommand } from './pending-command.ts'
import { beginTurn } from './turn.ts'
import { foldEvent } from './view.ts'

/**
 * Runs `onCommand` on one command and tries what it decided: checks and folds the events, makes the replies. To be called
 * in the async context of the caller. Nothing is written and nobody is answered yet. Never throws: a failure is an answer
 * too.
 */
export async function decideCommand(pending: PendingCommand, deciding: Deciding): Promise<Decided> {
  const { at, run } = deciding
  try {
    const replies: unknown[] = []
    const turn = beginTurn(pending, run, deciding.limits.timeoutMs)
    const behavior = await runHandler(pending, deciding, turn, (reply) => void replies.push(reply))
    switch (behavior?.kind) {
      case 'persisted':
        return await decidePersisted(pending, deciding, turn, behavior, replies)
      case 'same':
      case 'stopped': {
        const answer = repliedAnswer(replies, at.revision, behavior.kind === 'stopped', [])
        await checkAnswer(pending, deciding, turn, answer)
        return withoutCommit(pending, deciding, answer)
      }
      case 'rejected':
        return decideRejected(pending, deciding, behavior)
      case 'unhandled':
        return unhandled(pending, deciding)
      default:
        if (behavior === undefined) return unhandled(pending, deciding)
        throw handlerFailed(
          run.entity,
          'onCommand',
          'returned something other than a Behavior: return Behaviors.persisted({ events: [ … ] }), rejected, same, stopped or unhandled',
        )
    }
  } catch (error) {
    const known = isTailfoldError(error) ? error : unexpected(run.entity, error)
    return withoutCommit(pending, deciding, { error: known })
  }
}

function unhandled(pending: PendingCommand, deciding: Deciding): Decided {
  const error = unhandledCommand(deciding.run.entity, pending.command.type)
  return withoutCommit(pending, deciding, { error })
}

/** An answer that needs no commit. */
export function withoutCommit(
  command: PendingCommand,
  { at, now }: Pick<Deciding, 'at' | 'now'>,
  answer: Answer,
): Decided {
  const nothing = { events: [], eventTexts: [], receipt: undefined, metadata: command.metadata }
  return { command, decidedAt: now, answer, ...nothing, after: at }
}

/** `onCommand` on frozen input, for as long as its turn is. */
async function runHandler(
  pending: PendingCommand,
  { definition, run, now, at, limits }: Deciding,
  turn: TimeLimit,
  tell: (message: unknown) => void,
): Promise<Behavior<TypedMessage, unknown> | undefined> {
  const { entity } = run
  const { identity, principal } = pending
  const { revision } = at
  const commandId = identity?.commandId
  const ctx: CommandContext = Object.freeze({
    ...entity,
    now,
    attempt: run.attempts(),
    commandId,
    principal,
    revision,
  })
  const command = Object.freeze({ ...pending.command, replyTo: Object.freeze({ tell }) })
  return callInTime(
    turn,
    (what, cause) => handlerFailed(entity, 'onCommand', what, cause),
    () => limits.asHandler(() => definition.onCommand(ctx, at.state, command)),
  )
}

/** Folds the events before anyone writes them: nothing becomes durable that `onEvent` cannot apply. */
async function decidePersisted(
  pending: PendingCommand,
  deciding: Deciding,
  turn: TimeLimit,
  behavior: Persisted<TypedMessage, unknown>,
  told: readonly unknown[],
): Promise<Decided> {
  const { definition, at, nextRevision } = deciding
  const { entity } = deciding.run
  const events = checkedEvents(deciding, behavior.events)
  if (definition.events !== undefined) await checkEvents(definition.events, entity, events, turn)
  let { state, sequenceNr } = at
  for (const event of events) state = foldEvent(definition, entity, ++sequenceNr, state, event)
  const recorded = pending.identity !== undefined && (events.length > 0 || deciding.limits.keepsRejections)
  const revision = events.length > 0 || recorded ? nextRevision : at.revision
  const replies = behavior.reply === undefined ? told : [builtReply(deciding, behavior, state)]
  const answer = repliedAnswer(replies, revision, false, events)
  await checkAnswer(pending, deciding, turn, answer)
  return {
    command: pending,
    decidedAt: deciding.now,
    answer,
    events,
    eventTexts: events.map((event) => JSON.stringify(event)),
    metadata: metadataOf(pending, deciding, behavior.metadata),
    receipt: recorded
      ? receiptOf(pending, deciding, events.length, { kind: 'replied', reply: answer.outcome.reply })
      : undefined,
    after: { state, sequenceNr, revision },
  }
}

/** Under a command id a rejection is recorded: a commit of its own, or part of its batch's. */
function decideRejected(
  pending: PendingCommand,
  deciding: Deciding,
  { reason, details }: { readonly reason: string; readonly details: unknown },
): Decided {
  const { at, nextRevision, run } = deciding
  if (typeof reason !== 'string')
    throw handlerFailed(run.entity, 'onCommand', 'called rejected() without a string as the reason')
  const stored = details === undefined ? undefined : frozenJson(details, 'details of the rejection')
  const recorded = pending.identity !== undefined && deciding.limits.keepsRejections
  const revision = recorded ? nextRevision : at.revision
  const answer: Answer = {
    outcome: { kind: 'rejected', reason, details: stored, revision, replayed: false },
    replies: [],
  }
  const decided = withoutCommit(pending, { ...deciding, at: { ...at, revision } }, answer)
  return recorded
    ? { ...decided, receipt: receiptOf(pending, deciding, 0, { kind: 'rejected', reason, details: stored }) }
    : decided
}

function receiptOf(
  { identity }: PendingCommand,
  { firstEvent }: Deciding,
  eventCount: number,
  outcome: Receipt['outcome'],
): Receipt {
  return {
    commandId: identity?.commandId ?? '',
    fingerprint: identity?.fingerprint ?? '',
    firstEvent,
    eventCount,
    outcome,
  }
}

/** The events as a reader of the journal would get them. */
function checkedEvents({ run, limits }: Deciding, events: readonly unknown[]): readonly TypedMessage[] {
  const { entity } = run
  const { maxEvents } = limits
  if (!Array.isArray(events))
    throw handlerFailed(
      entity,
      'onCommand',
      'persisted something other than a list of events: write persisted({ events: [ … ] })',
    )
  if (events.length > maxEvents) throw tooManyEvents(entity, events.length, maxEvents)
  return events.map((given: unknown) => {
    const event = frozenJson(given, 'event')
    if (isPlainObject(event) && typeof event['type'] === 'string') return event as unknown as TypedMessage
    throw handlerFailed(
      entity,
      'onCommand',
      'persisted an event that is not an object with its name in `type`',
    )
  })
}

/** `reply` is synchronous: a promise is not JSON and is refused as such. */
function builtReply(
  { run }: Deciding,
  behavior: Persisted<TypedMessage, unknown>,
  newState: unknown,
): unknown {
  try {
    return behavior.reply?.(newState)
  } catch (cause) {
    throw handlerFailed(run.entity, 'reply', 'threw', cause)
  }
}

/** What the caller said of the command, and the handler of its events. */
function metadataOf({ metadata }: PendingCommand, { run }: Deciding, given: unknown): Metadata | undefined {
  if (given === undefined) return metadata
  const own = frozenMetadata(given)
  if (own === undefined)
    throw handlerFailed(run.entity, 'onCommand', `persisted metadata that is not ${metadataForm}`)
  return { ...metadata, ...own }
}

function repliedAnswer(
  messages: readonly unknown[],
  revision: number,
  stopped: boolean,
  events: readonly TypedMessage[],
) {
  const replies = messages.map((message) =>
    message === undefined ? undefined : frozenJson(message, 'reply'),
  )
  return {
    outcome: {
      kind: 'replied' as const,
      reply: replies[0],
      stopped,
      events: Object.freeze(events),
      revision,
      replayed: false,
    },
    replies,
  }
}

/** Without a promise where the entity declares no schemas of replies. */
function checkAnswer(
  { command }: PendingCommand,
  { definition: { replies }, run: { entity } }: Deciding,
  turn: TimeLimit,
  { outcome }: ReturnType<typeof repliedAnswer>,
): Promise<void> | undefined {
  return replies && checkReply(replies, entity, command.type, outcome.reply, turn)
}
