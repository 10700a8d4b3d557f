import type { EntityKey } from '../base/entity-key.ts'
import { storeFailure } from '../base/failures.ts'
import { canonicalJson, frozenJson, jsonText } from '../base/json.ts'
import { foldEvent } from '../engine/view.ts'
import { type EntityDefinition, type ResolvedEntity, resolveEntity } from '../entity/entity.ts'
import type { TypedMessage } from '../entity/message.ts'
import type { Commit } from '../journal/commit.ts'
import type { CommitDraft } from '../journal/commit-draft.ts'
import type { EventJournal } from '../journal/event-journal.ts'
import type { Journal, PreparedCommit } from '../journal/journal.ts'
import { readAgainIfCorrupt } from '../journal/read-again.ts'
import { noCommands } from '../journal/recent-commands.ts'
import { checkedJournal, checkedKey, kindOf, type TenantOption } from './arguments.ts'

/** An event that happened elsewhere. */
export interface ImportedEvent<Event> {
  readonly event: Event
  /** When, in milliseconds since the Unix epoch; kept as it is, even if it is later than that of the next event. */
  readonly timestamp: number
}

/**
 * `imported`: the journal begins with the whole history; `written` of its commits are new. `conflict`: it holds something
 * else at `revision`, written by a command or by an import that maps events otherwise.
 */
export type ImportResult =
  | { readonly kind: 'imported'; readonly written: number }
  | { readonly kind: 'conflict'; readonly revision: number }

/** A `Date` holds times up to so many milliseconds before and after the Unix epoch. Source: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const longestTime = 8.64e15

/**
 * Writes a history that happened elsewhere into a journal: one commit an event, in order, with its own time, so that the
 * revision of a commit is the number of its event. May be repeated, also by several at once, and with a longer history:
 * what is there already is compared, not written again. Commits after the history are left alone.
 *
 * Everything is checked before the first event is written. Throws what the fold throws, `not-json` (an event, or a state
 * that an event leads to), `invalid-id`, `record-too-large`, and `TypeError` on a time that a `Date` cannot hold and on
 * arguments of another kind; nothing was written then. Throws `store-unavailable` with part of the history written:
 * repeat it to go on.
 */
export async function importHistory<State, Event extends TypedMessage, Command extends TypedMessage>(
  definition: EntityDefinition<string, State, Event, Command>,
  journal: Journal | EventJournal,
  entityId: string,
  history: ReadonlyArray<ImportedEvent<Event>>,
  options: TenantOption = {},
): Promise<ImportResult> {
  const code = resolveEntity(definition)
  const target = checkedJournal(journal)
  const entity = checkedKey(code.entityType, entityId, options)
  if (!Array.isArray(history)) throw new TypeError(`history must be an array, not ${kindOf(history)}.`)
  const drafts = () => draftsOf(code, entity, history)
  for (const draft of drafts()) target.prepare(entity, { ...draft, state: undefined, previousHash: '' })

  const there = await commitsThere(target, entity, history.length)
  let previousHash = ''
  let stateBytesHint = 0
  let newest: Written | undefined
  let written = 0
  for (const draft of drafts()) {
    const commit = there[draft.revision - 1]
    if (commit === undefined) {
      const prepared = target.prepare(entity, { ...draft, previousHash, stateBytesHint })
      stateBytesHint = prepared.stateBytes ?? stateBytesHint
      const result = await target.append(entity, prepared)
      if (result.kind === 'behind') throw wentBack(draft.revision)
      if (result.kind === 'occupied' && !isSame(result.winner, draft)) return conflictAt(draft.revision)
      if (result.kind === 'appended') written += 1
      previousHash = result.kind === 'appended' ? prepared.commit.hash : result.winner.hash
      newest = { draft, prepared, hash: previousHash }
    } else {
      if (!isSame(commit, draft)) return conflictAt(draft.revision)
      previousHash = commit.hash
    }
  }
  if (newest !== undefined) await saveNewestState(target, entity, newest)
  return { kind: 'imported', written }
}

interface Written {
  readonly draft: Draft
  readonly prepared: PreparedCommit
  readonly hash: string
}

type Draft = Omit<CommitDraft, 'previousHash'>

/** A commit for every event, with the state after it. */
function* draftsOf(
  definition: ResolvedEntity,
  entity: EntityKey,
  history: ReadonlyArray<ImportedEvent<TypedMessage>>,
): Generator<Draft> {
  let state = definition.initialState
  let newestTime = 0
  for (const [index, entry] of history.entries()) {
    const revision = index + 1
    checkEntry(entry, revision)
    const { event, timestamp } = entry
    const stored = frozenJson(event, 'event')
    state = foldEvent(definition, entity, revision, state, stored)
    newestTime = Math.max(newestTime, timestamp)
    yield {
      revision,
      commitId: `imported-${revision}`,
      timestamp,
      lastSequenceNr: revision,
      events: [stored],
      eventTexts: [JSON.stringify(stored)],
      receipts: [],
      state,
      stateBytesHint: 0,
      schemaVersion: definition.schemaVersion,
      recent: { ...noCommands, time: newestTime },
      idsAtLeast: 0,
    }
  }
}

function checkEntry(entry: unknown, number: number): asserts entry is ImportedEvent<TypedMessage> {
  if (typeof entry !== 'object' || entry === null) {
    throw new TypeError(`Entry ${number} of history must be { event, timestamp }, not ${kindOf(entry)}.`)
  }
  const { event, timestamp } = entry as Partial<ImportedEvent<Partial<TypedMessage>>>
  if (typeof event?.type !== 'string') {
    throw new TypeError(`Event ${number} of history must be an object with a type.`)
  }
  if (Number.isSafeInteger(timestamp) && Math.abs(timestamp as number) <= longestTime) return
  const given = typeof timestamp === 'number' ? timestamp : kindOf(timestamp)
  throw new TypeError(
    `The timestamp of event ${number} must be whole milliseconds since the Unix epoch, within ${longestTime} of it, not ${given}.`,
  )
}

/** The commits there are, at most as many as the history has events. */
async function commitsThere(journal: Journal, entity: EntityKey, limit: number): Promise<readonly Commit[]> {
  if (limit === 0) return []
  return readAgainIfCorrupt(async () => {
    const found: Commit[] = []
    for await (const page of journal.commits(entity, { fromRevision: 1, limit })) found.push(...page)
    return found
  })
}

function isSame(commit: Commit, { timestamp, events }: Draft): boolean {
  return commit.timestamp === timestamp && canonicalJson(commit.events) === canonicalJson(events)
}

function conflictAt(revision: number): ImportResult {
  return { kind: 'conflict', revision }
}

function wentBack(revision: number) {
  const why = `the commit before revision ${revision} is gone, as after a restore; import the history again`
  return storeFailure('append', why, { applied: 'no' })
}

/** Spares the first command of an entity whose state does not ride along a read of everything. */
async function saveNewestState(
  journal: Journal,
  entity: EntityKey,
  { draft, prepared, hash }: Written,
): Promise<void> {
  if (prepared.carriesState) return
  const { revision, lastSequenceNr: sequenceNr, timestamp, state, schemaVersion, recent, idsAtLeast } = draft
  const stateText = jsonText(state, 'state')
  const place = { revision, sequenceNr, hash, timestamp, schemaVersion, recent, idsAtLeast }
  // A snapshot is a cache: the import succeeds without it.
  await journal.saveState(entity, { ...place, stateText, slotIsNewer: false }).catch(() => {})
}
