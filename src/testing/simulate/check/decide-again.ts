import { canonicalJson } from '../../../core/base/json.ts'
import type { Behavior } from '../../../core/entity/behavior.ts'
import type { AnyEntity } from '../../../core/entity/entity.ts'
import type { TypedMessage } from '../../../core/entity/message.ts'
import type { Outcome } from '../../../core/engine/outcome.ts'
import type { RecordedOutcome } from '../../../core/journal/commit.ts'
import type { CommandInvocation } from '../history.ts'

/** What deciding a command somewhere gives. */
export interface Redecided {
  /** `'nothing'`: the handler does not know the command, or throws. */
  readonly kind: Behavior<TypedMessage, unknown>['kind'] | 'nothing'
  readonly events: readonly TypedMessage[]
  /** The answer, from the state after the events; in the form of {@link answerOf}. */
  readonly answer: (after: unknown) => string
}

const nothing: Redecided = { kind: 'nothing', events: [], answer: () => '' }

/** Decides a command at a state and a time. */
export async function decideAgain(
  definition: AnyEntity,
  { operation, parsed }: CommandInvocation,
  at: { readonly state: unknown; readonly revision: number },
  now: number,
): Promise<Redecided> {
  if (parsed === undefined) return nothing
  const { tenant, entityId, commandId, principal } = operation
  const key = { ...(tenant !== undefined && { tenant }), entityType: definition.entityType, entityId }
  const told: unknown[] = []
  const command = { ...parsed, replyTo: { tell: (message: unknown) => void told.push(message) } }
  const ctx = { ...key, now, commandId, principal, revision: at.revision, attempt: 1 }
  try {
    const behavior = await definition.onCommand(ctx, at.state, command)
    return behavior === undefined ? nothing : redecided(behavior, told)
  } catch {
    return nothing
  }
}

function redecided(behavior: Behavior<TypedMessage, unknown>, told: readonly unknown[]): Redecided {
  switch (behavior.kind) {
    case 'persisted': {
      const { kind, events, reply } = behavior
      return { kind, events, answer: (after) => replyText(reply, after, told[0]) }
    }
    case 'rejected': {
      const { kind, reason, details } = behavior
      return { kind, events: [], answer: () => rejectionText(reason, details) }
    }
    case 'same':
    case 'stopped': {
      const { kind } = behavior
      return { kind, events: [], answer: () => answerText(told[0], kind === 'stopped') }
    }
    default:
      return nothing
  }
}

function replyText(reply: ((after: unknown) => unknown) | undefined, after: unknown, told: unknown): string {
  try {
    return answerText(reply ? reply(after) : told, false)
  } catch {
    return ''
  }
}

/** An answer as text, for comparison. */
export function answerOf(outcome: Outcome | RecordedOutcome): string {
  if (outcome.kind === 'rejected') return rejectionText(outcome.reason, outcome.details)
  return answerText(outcome.reply, 'stopped' in outcome && outcome.stopped)
}

function answerText(reply: unknown, stopped: boolean): string {
  return canonicalJson(['replied', reply ?? null, stopped])
}

function rejectionText(reason: string, details: unknown): string {
  return canonicalJson(['rejected', reason, details ?? null])
}
