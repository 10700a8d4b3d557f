import type { HistoryReader } from '../engine/contract.ts'
import type { TypedMessage } from '../entity/message.ts'
import type { Metadata } from '../base/metadata.ts'
import type { Cause, Commit } from '../journal/commit.ts'
import { readAgainIfCorrupt } from '../journal/read-again.ts'
import { checkOptions, checkWhole } from './arguments.ts'
import { commitOfEvent, firstSequenceNr } from './find-commit.ts'

/** One event of an audit trail, by its type: `Event` is the events of the entity. */
export type AuditEvent<Event = unknown> = Event extends TypedMessage
  ? EventRecord & { readonly type: Event['type']; readonly payload: Omit<Event, 'type'> }
  : EventRecord & {
      readonly type: string
      /** The event without its `type`. */
      readonly payload: unknown
    }

/** What is recorded of an event beside its own fields. */
export interface EventRecord {
  readonly sequenceNr: number
  readonly revision: number
  /** Milliseconds since the Unix epoch, by the writer's clock. */
  readonly timestamp: number
  /** The id of the command that caused it, when it had one. */
  readonly commandId?: string | undefined
  /** The id of the principal that sent the command, when one was named. */
  readonly principal?: string | undefined
  /** The W3C trace that the command belonged to, when it came with one. */
  readonly traceparent?: string | undefined
  /** What the program added to the command and its events. */
  readonly metadata?: Metadata | undefined
}

/** A page of an audit trail. Empty only where the entity has no event beyond `after`. */
export interface AuditPage<Event = unknown> {
  /** In the order in which they were asked for. */
  readonly events: ReadonlyArray<AuditEvent<Event>>
  /** The `after` of the next page: the last event's number. Absent on the last page. */
  readonly next?: number
  /** The newest revision of the entity when the page was read; 0 when nothing was ever written. */
  readonly revision: number
}

/** Which events to read. */
export interface ReadEventsOptions {
  /** Only events after this sequence number; with `newestFirst` only those before it. Default: from the end where reading begins. */
  readonly after?: number | undefined
  /** At most this many events, 1 or more. */
  readonly limit: number
  /** End the page where the events exceed so many bytes of JSON. The first event is given out whatever its size. Default: no bound. */
  readonly maxBytes?: number | undefined
  /** End the page after so many commits. Default 1,000. */
  readonly maxCommits?: number | undefined
  /** Begin with the newest event. Default false. */
  readonly newestFirst?: boolean | undefined
}

const utf8 = new TextEncoder()

/**
 * Reads a page of the events of an entity, with what is recorded of their commands. Folds nothing, so it also works where
 * `onEvent` fails. Costs one request for the head, one or a few to find `after`, and usually one for the page; a few more
 * where many commits have no events. Throws `TypeError` on options of another kind, and what the reader throws.
 */
export async function readEvents<Event>(
  reader: HistoryReader<unknown, Event>,
  entityId: string,
  options: ReadEventsOptions,
): Promise<AuditPage<Event>> {
  checkBounds(options)
  const { after, limit, maxBytes = Infinity, maxCommits = 1_000, newestFirst = false } = options
  const entity = reader.key(entityId)
  return readAgainIfCorrupt(async () => {
    const head = await reader.head(entity)
    const [step, outermost, last] = newestFirst ? [-1, head.sequenceNr, 1] : [1, 1, head.sequenceNr]
    const start = after === undefined ? outermost : newestFirst ? Math.min(after - 1, outermost) : after + 1
    if (start < 1 || start > head.sequenceNr) return { events: [], revision: head.revision }

    const page = startPage({ start, last, step, limit, maxBytes, maxCommits })
    const seek = async () => {
      const commit = await commitOfEvent((at) => reader.commit(entity, at), start, head)
      if (commit !== undefined) page.add([commit])
      return commit === undefined ? 0 : commit.revision + step
    }
    let revision = start === outermost ? (newestFirst ? head.revision : 1) : await seek()
    for (let size = 0; !page.isFull() && revision >= 1 && revision <= head.revision; ) {
      // Each read is twice as large as the one before: commits without events do not make it one read a commit.
      size = Math.min(Math.max(limit - page.events.length, 2 * size), maxCommits)
      const count = Math.min(size, newestFirst ? revision : head.revision - revision + 1)
      const range = { fromRevision: newestFirst ? revision - count + 1 : revision, limit: count }
      const commits = reader.commits(entity, range)
      for await (const part of newestFirst ? backward(commits) : commits) {
        page.add(part)
        if (page.isFull()) break
      }
      revision = page.events.length === 0 ? await seek() : revision + step * count
    }
    const reached = page.events.at(-1)?.sequenceNr
    const more = reached !== undefined && reached !== last
    const events = page.events as ReadonlyArray<AuditEvent<Event>>
    return { events, ...(more && { next: reached }), revision: head.revision }
  })
}

function checkBounds(options: ReadEventsOptions): void {
  checkOptions(options, '{ limit: 100 }')
  const { after = 0, limit, maxBytes = 1, maxCommits = 1 } = options
  checkWhole('after', after, 0)
  checkWhole('limit', limit, 1)
  checkWhole('maxBytes', maxBytes, 1)
  checkWhole('maxCommits', maxCommits, 1)
}

/** What bounds a page. */
interface PageBounds {
  readonly limit: number
  readonly maxBytes: number
  readonly maxCommits: number
  /** Number of the first event to give out, and of the last there is in this direction. */
  readonly start: number
  readonly last: number
  readonly step: number
}

/** A page to be filled with commits in the order of reading. */
function startPage({ start, last, step, limit, maxBytes, maxCommits }: PageBounds) {
  const events: AuditEvent[] = []
  let bytes = 0
  let commitsRead = 0
  let full = false
  return {
    events: events as readonly AuditEvent[],
    /** Whether no more commits are to be read for this page. */
    isFull: () => full || (events.length > 0 && commitsRead >= maxCommits),
    add(commits: readonly Commit[]): void {
      commitsRead += commits.length
      for (const commit of commits) {
        if (full) return
        const found = auditEvents(commit)
        for (const event of step > 0 ? found : found.toReversed()) {
          if ((event.sequenceNr - start) * step < 0) continue
          if (maxBytes !== Infinity) bytes += utf8.encode(JSON.stringify(event)).length
          full = events.length === limit || (bytes > maxBytes && events.length > 0)
          if (full) return
          events.push(event)
        }
        full = events.length === limit || events.at(-1)?.sequenceNr === last
      }
    },
  }
}

function auditEvents(commit: Commit): AuditEvent[] {
  const { revision, timestamp, receipts, causes = [] } = commit
  return commit.events.map((event, index) => {
    const { type, ...payload } = (event ?? {}) as TypedMessage
    const commandId = ofEvent(receipts, index)?.commandId
    const { firstEvent: _, eventCount: __, ...cause } = ofEvent(causes, index) ?? {}
    const sequenceNr = firstSequenceNr(commit) + index
    return { sequenceNr, revision, timestamp, type, payload, commandId, ...cause }
  })
}

/** What is recorded of the command that caused an event. */
function ofEvent<Part extends Pick<Cause, 'firstEvent' | 'eventCount'>>(
  parts: readonly Part[],
  index: number,
): Part | undefined {
  return parts.find(({ firstEvent, eventCount }) => firstEvent <= index && index < firstEvent + eventCount)
}

async function* backward(pages: AsyncIterable<readonly Commit[]>): AsyncGenerator<readonly Commit[]> {
  const commits: Commit[] = []
  for await (const page of pages) commits.push(...page)
  yield commits.toReversed()
}
