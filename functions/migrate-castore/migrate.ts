import {
  type EntityDefinition,
  isTailfoldError,
  type Journal,
  type TypedMessage,
} from 'tailfold'
import { importHistory } from 'tailfold/history'
import { aggregateIds, type CastoreEvent, type CastoreTable, eventsOf } from './castore-table.ts'
import { Unfit } from './unfit.ts'

/** From where to where, and how events change on the way. */
export interface Migration<State, Event extends TypedMessage, Command extends TypedMessage> {
  readonly from: CastoreTable
  readonly journal: Journal
  readonly entity: EntityDefinition<string, State, Event, Command>
  /** The event that says the same in the entity's words. Pure, for runs are repeated; throws on what it does not know. */
  readonly toEvent: (event: CastoreEvent) => Event
  /** Aggregates at once. Default 8. */
  readonly concurrency?: number
}

/** What a run did. */
export interface MigrationReport {
  /** Aggregates found, those refused included. */
  readonly aggregates: number
  /** Events of theirs that the journal holds now. */
  readonly events: number
  /** Those that this run wrote. */
  readonly written: number
  /** Aggregates of which this run wrote nothing, and why; all others are copied. */
  readonly refused: ReadonlyArray<{ readonly aggregateId: string; readonly why: string }>
}

/**
 * Copies all aggregates of an event store into a journal. The aggregate's id becomes the entity's; each event becomes a
 * commit, with the event's version as its revision and the event's time. castore's table is only read. May be repeated:
 * what is there is compared, not written again, and events that came since are added.
 * Rejects when a table cannot be used; a further run goes on from there.
 */
export async function migrate<State, Event extends TypedMessage, Command extends TypedMessage>(
  migration: Migration<State, Event, Command>,
): Promise<MigrationReport> {
  const { from, concurrency = 8 } = migration
  const refused: Array<{ aggregateId: string; why: string }> = []
  const sum = { aggregates: 0, events: 0, written: 0 }
  const ids = aggregateIds(from)
  const work = async () => {
    for await (const aggregateId of ids) {
      const copied = await copy(migration, aggregateId)
      if (copied === 'not-ours') continue
      sum.aggregates += 1
      if ('why' in copied) refused.push({ aggregateId, why: copied.why })
      else {
        sum.events += copied.events
        sum.written += copied.written
      }
    }
  }
  // All have ended when this rejects: nothing is written any more.
  const ended = await Promise.allSettled(Array.from({ length: concurrency }, work))
  const failed = ended.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return { ...sum, refused }
}

type Copied = 'not-ours' | { readonly events: number; readonly written: number } | { readonly why: string }

async function copy<State, Event extends TypedMessage, Command extends TypedMessage>(
  { from, journal, entity, toEvent }: Migration<State, Event, Command>,
  aggregateId: string,
): Promise<Copied> {
  try {
    const events = await eventsOf(from, aggregateId)
    if (events === 'not-ours') return events
    const history = events.map((event) => ({
      event: converted(toEvent, event),
      timestamp: Date.parse(event.timestamp),
    }))
    const result = await importHistory(entity, journal, aggregateId, history)
    if (result.kind === 'imported') return { events: events.length, written: result.written }
    return {
      why: `the journal holds another event at revision ${result.revision}: the entity took commands since`,
    }
  } catch (error) {
    const isUnfit = isTailfoldError(error) && error.code !== 'store-unavailable'
    if (error instanceof Unfit || isUnfit) return { why: error.message }
    throw error
  }
}

function converted<Event>(toEvent: (event: CastoreEvent) => Event, event: CastoreEvent): Event {
  try {
    return toEvent(event)
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new Unfit(`version ${event.version} cannot be converted: ${problem}`, { cause })
  }
}
