import type { Commit, CommitDraft } from '../journal/commit.ts'
import type { AnyEntity, EntityDefinition } from '../entity/entity.ts'
import type { TypedMessage } from '../entity/message.ts'
import type { ReadOptions } from '../engine/engine-contract.ts'
import { checkEntityId, checkTenant, type EntityKey } from '../base/entity-key.ts'
import type { CommitLog, EventJournal, PreparedCommit } from '../journal/journal.ts'
import { canonicalJson, jsonText } from '../base/json.ts'
import { plainCommitLog } from '../journal/to-journal.ts'
import { foldEvent, startView } from '../engine/view.ts'

/** An event that happened elsewhere. */
export interface ImportedEvent<Event> {
  readonly event: Event
  /** When, in milliseconds since the Unix epoch; kept as it is, though it be later than that of the next event. */
  readonly timestamp: number
}

/**
 * `imported`: the journal begins with the whole history; `written` of its commits are new. `conflict`: it holds something
 * else at `revision`, written by a command or by an import that maps events otherwise.
 */
export type ImportResult =
  | { readonly kind: 'imported'; readonly written: number }
  | { readonly kind: 'conflict'; readonly revision: number }

const utf8 = new TextEncoder()

/**
 * Writes a history that happened elsewhere into a journal: one commit an event, in order, with its own time, so that the
 * revision of a commit is the number of its event. May be repeated, also by several at once, and with a longer history:
 * what is there already is compared, not written again. Commits after the history are left alone.
 *
 * All events are folded before the first is written. Throws what the fold throws, `not-json`, `invalid-id`,
 * `record-too-large`, and `TypeError` on a timestamp that is no whole number; nothing was written then. Throws
 * `store-unavailable` with part of the history written: repeat it to go on.
 */
export async function importHistory<State, Event extends TypedMessage, Command extends TypedMessage>(
  definition: EntityDefinition<string, State, Event, Command>,
  journal: EventJournal,
  entityId: string,
  history: ReadonlyArray<ImportedEvent<Event>>,
  { tenant }: Pick<ReadOptions, 'tenant'> = {},
): Promise<ImportResult> {
  checkTenant(tenant)
  checkEntityId(entityId)
  const code = definition as unknown as AnyEntity
  const entity = { tenant, entityType: code.entityType, entityId }
  const log = journal.commitLog ?? plainCommitLog(journal)
  const drafts = () => draftsOf(code, entity, history)
  for (const draft of drafts()) log.prepare(entity, { ...draft, state: undefined, previousHash: '' })

  const there = await commitsThere(log, entity, history.length)
  let previousHash = ''
  let stateBytesHint = 0
  let newest: Written | undefined
  let written = 0
  for (const draft of drafts()) {
    const commit = there[draft.revision - 1]
    if (commit === undefined) {
      const prepared = log.prepare(entity, { ...draft, previousHash, stateBytesHint })
      stateBytesHint = prepared.stateBytes ?? stateBytesHint
      const result = await log.append(entity, prepared)
      if (result.kind === 'occupied' && !isSame(result.winner, draft)) return conflictAt(draft.revision)
      if (result.kind === 'appended') written += 1
      previousHash = result.kind === 'appended' ? prepared.commit.hash : result.winner.hash
      newest = { draft, prepared, hash: previousHash }
    } else {
      if (!isSame(commit, draft)) return conflictAt(draft.revision)
      previousHash = commit.hash
    }
  }
  if (newest !== undefined) await saveNewestState(log, entity, newest)
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
  definition: AnyEntity,
  entity: EntityKey,
  history: ReadonlyArray<ImportedEvent<TypedMessage>>,
): Generator<Draft> {
  let { state } = startView(definition, entity, undefined)
  let revision = 0
  for (const { event, timestamp } of history) {
    revision += 1
    if (!Number.isSafeInteger(timestamp)) {
      throw new TypeError(
        `The timestamp of event ${revision} must be whole milliseconds since the Unix epoch, not ${timestamp}.`,
      )
    }
    const eventText = jsonText(event, 'event')
    state = foldEvent(definition, entity, revision, state, event)
    yield {
      revision,
      commitId: `imported-${revision}`,
      timestamp,
      lastSequenceNr: revision,
      events: [event],
      eventTexts: [eventText],
      receipts: [],
      state,
      stateBytesHint: 0,
      schemaVersion: definition.schemaVersion ?? 1,
      recent: '',
    }
  }
}

/** The commits there are, at most as many as the history has events. */
async function commitsThere(log: CommitLog, entity: EntityKey, limit: number): Promise<readonly Commit[]> {
  const found: Commit[] = []
  if (limit === 0) return found
  for await (const page of log.commits(entity, { fromRevision: 1, limit })) found.push(...page)
  return found
}

function isSame(commit: Commit, { timestamp, events }: Draft): boolean {
  return commit.timestamp === timestamp && canonicalJson(commit.events) === canonicalJson(events)
}

function conflictAt(revision: number): ImportResult {
  return { kind: 'conflict', revision }
}

/** Spares the first command of an entity whose state does not ride along a read of everything. */
async function saveNewestState(
  log: CommitLog,
  entity: EntityKey,
  { draft, prepared, hash }: Written,
): Promise<void> {
  if (prepared.carriesState) return
  const { revision, lastSequenceNr: sequenceNr, timestamp, state, schemaVersion, recent } = draft
  const stateText = jsonText(state, 'state')
  const stateBytes = utf8.encode(stateText).length
  const position = { revision, sequenceNr, timestamp, hash, recent }
  // A snapshot is a cache: without it all is well.
  await log.saveState(entity, { ...position, state, stateText, stateBytes, schemaVersion }).catch(() => {})
}
