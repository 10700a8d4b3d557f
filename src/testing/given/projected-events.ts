import { checkNames, type OptionNames } from '../../core/base/check-options.ts'
import type { DeliveredEvent } from '../../consumers/delivered-events.ts'
import { describeValue } from '../../core/base/describe-value.ts'
import type { EntityKey } from '../../core/base/entity-key.ts'
import { frozenCopy } from '../../core/base/json.ts'
import type { Metadata } from '../../core/base/metadata.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import { storeKey } from '../../journal/key.ts'
import type { ProjectionShape } from '../../views/projection/projection-shape.ts'

/** An event with what a projection is given beside it. */
export interface EventWithMeta<Event> {
  readonly event: Event
  /** Default: the only, or first, entity type of the projection. */
  readonly entityType?: string
  /** Default `'one'`. */
  readonly entityId?: string
  /** Default: no tenant. */
  readonly tenant?: string
  /** Milliseconds since the Unix epoch. Default: the beginning of 2026 in UTC. */
  readonly timestamp?: number
  /** The id of the principal that sent the command. Default: not known. */
  readonly principal?: string
  /** What the program added to the command and its events. Default: nothing. */
  readonly metadata?: Metadata
}

/** An event of the entity `'one'`, or one with what is known about it. */
export type GivenEvent<Event> = Event | EventWithMeta<Event>

const namesBeside: OptionNames<EventWithMeta<unknown>> = {
  event: true,
  entityType: true,
  entityId: true,
  tenant: true,
  timestamp: true,
  principal: true,
  metadata: true,
}

/** Events as a projection is given them: each is a commit of its own. Throws `TypeError` on what is no list of events. */
export function deliveredEvents(
  projection: ProjectionShape,
  events: readonly unknown[],
): readonly DeliveredEvent[] {
  if (!Array.isArray(events))
    throw new TypeError(`A projection takes a list of events, not ${describeValue(events)}.`)
  const last = new Map<string, number>()
  return events.map((given) => {
    const withMeta = isWithMeta(given) ? given : { event: given as TypedMessage }
    checkNames('An event of a projection', withMeta, namesBeside)
    const { event, tenant, entityId = 'one', timestamp = Date.UTC(2026, 0, 1), ...others } = withMeta
    const { entityType = [...projection.entityTypes][0] ?? '', ...rest } = others
    const entity: EntityKey = { ...(tenant !== undefined && { tenant }), entityType, entityId }
    const key = storeKey(entity)
    const revision = (last.get(key) ?? 0) + 1
    last.set(key, revision)
    const meta = { ...rest, entity, id: `${key}/${revision}`, revision, sequenceNr: revision, timestamp }
    return { event: frozenCopy(event), meta: Object.freeze({ ...meta, replay: false }) }
  })
}

function isWithMeta(given: unknown): given is EventWithMeta<TypedMessage> {
  return typeof given === 'object' && given !== null && 'event' in given && !('type' in given)
}
