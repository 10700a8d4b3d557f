import { frozenCopy } from '../core/base/json.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import type { TypedMessage } from '../core/entity/message.ts'
import type { Commit } from '../core/journal/commit.ts'
import type { EventMeta } from './consumer.ts'

/** An event as a consumer is given it. */
export interface DeliveredEvent {
  readonly event: TypedMessage
  readonly meta: EventMeta
}

/** The events of a commit, with what is known about each. */
export function eventsOfCommit(
  key: string,
  entity: EntityKey,
  commit: Commit,
  replay: boolean,
): readonly DeliveredEvent[] {
  const { events, revision, timestamp, lastSequenceNr, receipts, causes = [] } = commit
  const first = lastSequenceNr - events.length + 1
  const covers = (index: number) => (part: { readonly firstEvent: number; readonly eventCount: number }) =>
    index >= part.firstEvent && index < part.firstEvent + part.eventCount
  return events.map((stored, index) => {
    const sequenceNr = first + index
    const commandId = receipts.find(covers(index))?.commandId
    const { firstEvent: _, eventCount: __, ...cause } = causes.find(covers(index)) ?? {}
    const meta: EventMeta = {
      entity,
      id: `${key}/${sequenceNr}`,
      revision,
      sequenceNr,
      timestamp,
      ...(commandId !== undefined && { commandId }),
      ...cause,
      replay,
    }
    return { event: readEvent(frozenCopy(stored)) as TypedMessage, meta: Object.freeze(meta) }
  })
}

/** Every stored event passes through here on its way to a consumer. */
function readEvent(stored: unknown): unknown {
  return stored
}
