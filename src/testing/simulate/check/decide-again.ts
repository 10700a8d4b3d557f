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
  /** What it decides, in words. */
  readonly told: () => string
  /** The answer, from the state after the events; in the form of {@link answerOf}. */
  readonly answer: (after: unknown) => string
}

const nothing = (told: string): Redecided => ({
  kind: 'nothing',
  events: [],
  told: () => told,
  answer: () => '',
})
const unknown = nothing('onCommand does not handle it')

/** Decides a command at a state and a time. */
export async function decideAgain(
  definition: AnyEntity,
  { operation, parsed }: CommandInvocation,
  at: { readonly state: unknown; readonly revision: number },
  now: number,
): Promise<Redecided> {
  if (parsed === undefined) return nothing('it does not fit its schema')
  const { tenant, entityId, commandId, principal } = operation
  const key = { ...(tenant !== undefined && { tenant }), entityType: definition.entityType, entityId }
  const told: unknown[] = []
  const replyTo = { tell: (message: unknown) => void told.push(message) }
  // Frozen, as the engine gives them.
  const command = Object.freeze({ ...parsed, replyTo })
  const ctx = Object.freeze({ ...key, now, commandId, principal, revision: at.revision, attempt: 1 })
  try {
    const behavior = await definition.onCommand(ctx, at.state, command)
    return behavior === undefined ? unknown : redecided(behavior, told)
  } catch (error) {
    return nothing(`onCommand throws ${String(error)}`)
  }
}

function redecided(behavior: Behavior<TypedMessage, unknown>, told: readonly unknown[]): Redecided {
  switch (behavior.kind) {
    case 'persisted': {
      const { kind, events, reply } = behavior
      return {
        kind,
        events,
        told: () => excerpt(events),
        answer: (after) => replyText(reply, after, told[0]),
      }
    }
    case 'rejected': {
      const { kind, reason, details } = behavior
      const text = () => rejectionText(reason, details)
      return { kind, events: [], told: text, answer: text }
    }
    case 'same':
    case 'stopped': {
      const { kind } = behavior
      const text = () => answerText(told[0], kind === 'stopped')
      return { kind, events: [], told: () => `${kind}, ${text()}`, answer: text }
    }
    default:
      return unknown
  }
}

function replyText(reply: ((after: unknown) => unknown) | undefined, after: unknown, told: unknown): string {
  try {
    return answerText(reply ? reply(after) : told, false)
  } catch {
    return ''
  }
}

const longestExcerpt = 300

/** A value for a message: its JSON text, cut where it is long. */
export function excerpt(value: unknown): string {
  const text = canonicalJson(value)
  return text.length <= longestExcerpt ? text : `${text.slice(0, longestExcerpt)}…`
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
