import type { Commit, CommitDraft } from '../journal/commit.ts'
import type { Decision } from './decide.ts'
import type { AnyEntity } from '../entity/entity.ts'
import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import { isTailfoldError, type TailfoldError } from '../base/errors.ts'
import { outcomeUnknown, storeFailure } from '../base/failures.ts'
import type { AppendResult, EventJournal, PreparedCommit } from '../journal/journal.ts'
import { jsonText } from '../base/json.ts'
import { plainCommitLog } from '../journal/to-journal.ts'
import { type Platform, withTimeout } from '../base/platform.ts'
import { encodeRecent, remember } from '../journal/recent-commands.ts'
import type { FindCommandId } from './receipts.ts'
import type { RetryBudget } from './run.ts'
import { foldCommits, startView, type View } from './view.ts'

/** What became of an attempt to commit. */
export type CommitResult =
  | { readonly kind: 'committed'; readonly view: View }
  | { readonly kind: 'conflict'; readonly winner: Commit }

/** The journal as the engine uses it: timed, retried within a budget, with every append followed to its fate. */
export interface JournalAccess {
  /** False where refusals cannot be recorded. */
  readonly keepsRefusals: boolean
  /** What a request takes when nothing is in its way, in milliseconds; at least 1. */
  readonly roundTripMs: () => number
  /** Rebuilds an entity: newest durable state and the commits after it. */
  recover(entity: EntityKey, budget: RetryBudget): Promise<View>
  /** The view at a past revision, or the newest one where the entity has not come that far. */
  recoverAt(entity: EntityKey, revision: number, budget: RetryBudget): Promise<View>
  /** Folds what was committed after the view. */
  readOn(view: View, budget: RetryBudget): Promise<View>
  /** The commit at a revision; `undefined` when there is none. */
  readCommit(entity: EntityKey, revision: number, budget: RetryBudget): Promise<Commit | undefined>
  /** How to find an id that the window has forgotten; `undefined` unless ids are kept (`dedupe: 'always'`). */
  findCommandId(entity: EntityKey, budget: RetryBudget): FindCommandId | undefined
  /**
   * Writes a decision as the next revision. Throws `outcome-unknown` when its fate is not learned within the budget,
   * and the store's error when it proves that nothing was written.
   */
  commit(view: View, decision: Decision, timestamp: number, budget: RetryBudget): Promise<CommitResult>
  /** Starts to write a snapshot of the view. Throws `not-json` for a state that cannot be stored. */
  saveState(view: View): { readonly stateBytes: number; readonly saved: Promise<void> }
}

const utf8 = new TextEncoder()

/** The estimate follows fast requests at once and slow ones slowly: new connections and pauses say little. */
const fasterWeight = 0.5
const slowerWeight = 0.05

/** How a journal is used. */
export interface JournalAccessOptions {
  readonly requestTimeoutMs: number
  readonly snapshot?: 'use' | 'ignore' | undefined
  readonly onWarning: (message: string, error?: unknown) => void
}

/** Opens a journal for the entities of one type. */
export function journalAccess(
  definition: AnyEntity,
  journal: EventJournal,
  platform: Platform,
  { requestTimeoutMs, snapshot = 'use', onWarning }: JournalAccessOptions,
): JournalAccess {
  const log = journal.commitLog ?? plainCommitLog(journal)
  const { schemaVersion = 1, dedupe = 'window', dedupeForSeconds = 7 * 24 * 60 * 60 } = definition
  const find = dedupe === 'always' ? log.findCommandId : undefined
  if (dedupe === 'always' && find === undefined) {
    throw new TypeError(
      `dedupe: 'always' of ${definition.entityType} needs a journal whose store offers findCommandId.`,
    )
  }
  let roundTripMs = 5

  async function request<Answer>(
    operation: string,
    budget: RetryBudget | undefined,
    ask: () => Promise<Answer>,
  ) {
    const startedAt = platform.now()
    const limitMs = Math.min(requestTimeoutMs, budget?.remainingMs() ?? requestTimeoutMs)
    const noAnswer = () =>
      storeFailure(operation, `it gave no answer within ${Math.ceil(limitMs)} ms`, { applied: 'unknown' })
    const answer = await withTimeout(platform, limitMs, ask(), noAnswer)
    const tookMs = platform.now() - startedAt
    // Pages that came along with an earlier one take no time, and a clock may jump.
    if (tookMs > 0 && tookMs <= requestTimeoutMs)
      roundTripMs += (tookMs - roundTripMs) * (tookMs < roundTripMs ? fasterWeight : slowerWeight)
    return answer
  }

  function warnIfLarge(entity: EntityKey, what: string, bytes: number): void {
    if (bytes <= log.maxRecordBytes / 2) return
    onWarning(
      `The ${what} of ${describeEntity(entity)} has ${bytes} bytes; the store takes ${log.maxRecordBytes} a record. Keep less in it before commands fail as record-too-large.`,
    )
  }

  async function foldAll(
    start: View,
    pages: AsyncIterable<readonly Commit[]>,
    budget: RetryBudget,
  ): Promise<View> {
    const iterator = pages[Symbol.asyncIterator]()
    let view = start
    try {
      for (;;) {
        const page = await request('read commits', budget, () => iterator.next())
        if (page.done === true) return view
        view = foldCommits(definition, view, page.value)
        budget.folded(page.value.length)
      }
    } finally {
      void iterator.return?.()
    }
  }

  /** Reads change nothing, so a failed one is simply repeated. */
  async function repeated<Answer>(
    operation: string,
    budget: RetryBudget,
    read: () => Promise<Answer>,
  ): Promise<Answer> {
    for (;;) {
      try {
        return await read()
      } catch (error) {
        const failure = toTailfoldError(operation, error)
        if (!failure.retryable || !(await budget.afterFault())) throw failure
      }
    }
  }

  function recover(entity: EntityKey, upTo: number | undefined, budget: RetryBudget): Promise<View> {
    return repeated('recover', budget, async () => {
      const { base, seen, tail } = await request('recover', budget, () =>
        log.recover(entity, { schemaVersion, snapshot, upTo, meter: budget.meter }),
      )
      return foldAll(startView(definition, entity, base, seen), tail, budget)
    })
  }

  /** Contends for the slot until it is known who holds it: a read that does not show the commit would prove nothing. */
  async function append(
    entity: EntityKey,
    prepared: PreparedCommit,
    budget: RetryBudget,
  ): Promise<AppendResult> {
    let mayHaveApplied = false
    for (;;) {
      try {
        return await request('append', budget, () => log.append(entity, prepared, budget.meter))
      } catch (error) {
        const failure = toTailfoldError('append', error)
        mayHaveApplied ||= !provesNothingWritten(failure)
        if (failure.retryable && (await budget.afterFault())) continue
        throw mayHaveApplied ? outcomeUnknown(entity, failure) : failure
      }
    }
  }

  return {
    keepsRefusals: log.keepsRefusals,
    roundTripMs: () => Math.max(1, roundTripMs),

    recover: (entity, budget) => recover(entity, undefined, budget),
    recoverAt: (entity, revision, budget) => recover(entity, revision, budget),

    readOn: (view, budget) =>
      repeated('read commits', budget, () => {
        const { entity, revision, sequenceNr, hash } = view
        const { meter } = budget
        const range = { fromRevision: revision + 1, afterSequenceNr: sequenceNr, previousHash: hash, meter }
        return foldAll(view, log.commits(entity, range), budget)
      }),

    readCommit: (entity, revision, budget) =>
      repeated('read a commit', budget, async () => {
        const range = { fromRevision: revision, limit: 1, meter: budget.meter }
        const pages = log.commits(entity, range)[Symbol.asyncIterator]()
        const page = await request('read a commit', budget, () => pages.next())
        void pages.return?.()
        return page.done === true ? undefined : page.value[0]
      }),

    findCommandId(entity, budget) {
      if (find === undefined) return undefined
      const ask = (commandId: string) =>
        request('find a command id', budget, () => find(entity, commandId, budget.meter))
      return (commandId) => repeated('find a command id', budget, () => ask(commandId))
    },

    async commit(view, decision, timestamp, budget) {
      const idsExpireAtEpochSeconds = find && Math.ceil(timestamp / 1_000) + dedupeForSeconds
      const commitId = platform.newId()
      const draft = {
        ...draftOf(view, decision, definition.dedupeWindow),
        commitId,
        timestamp,
        schemaVersion,
        idsExpireAtEpochSeconds,
      }
      const prepared = log.prepare(view.entity, draft)
      warnIfLarge(view.entity, 'commit', prepared.commit.bytes)
      const result = await append(view.entity, prepared, budget)
      return result.kind === 'occupied' && result.winner.commitId !== draft.commitId
        ? { kind: 'conflict', winner: result.winner }
        : { kind: 'committed', view: afterCommit(view, draft, prepared, definition.dedupeWindow) }
    },

    saveState(view) {
      const { entity, revision, sequenceNr, state, recent, hash } = view
      const stateText = jsonText(state, 'state')
      const stateBytes = utf8.encode(stateText).length
      warnIfLarge(entity, 'state', stateBytes)
      const timestamp = Math.floor(platform.now())
      const position = { revision, sequenceNr, recent: encodeRecent(recent, revision), hash }
      const saved = request('save a snapshot', undefined, () =>
        log.saveState(entity, { ...position, state, stateText, stateBytes, schemaVersion, timestamp }),
      )
      return { stateBytes, saved }
    },
  }
}

function draftOf(view: View, decision: Decision, window: number | undefined) {
  const { events, eventTexts, receipts, causes, state } = decision
  const revision = view.revision + 1
  return {
    revision,
    lastSequenceNr: view.sequenceNr + events.length,
    events,
    eventTexts,
    receipts,
    causes,
    previousHash: view.hash,
    state,
    stateBytesHint: view.distance.stateBytes,
    recent: encodeRecent(remember(view.recent, { revision, receipts }, window), revision),
  }
}

function afterCommit(
  view: View,
  draft: CommitDraft,
  { commit, carriesState, stateBytes }: PreparedCommit,
  window: number | undefined,
): View {
  const { events, bytes } = view.distance
  const size = stateBytes ?? view.distance.stateBytes
  return {
    entity: view.entity,
    revision: commit.revision,
    sequenceNr: commit.lastSequenceNr,
    state: draft.state,
    recent: remember(view.recent, commit, window),
    hash: commit.hash,
    distance: carriesState
      ? { events: 0, bytes: 0, stateBytes: size }
      : { events: events + commit.events.length, bytes: bytes + commit.bytes, stateBytes: size },
  }
}

function provesNothingWritten(failure: TailfoldError): boolean {
  if (isTailfoldError(failure, 'store-unavailable')) return failure.data.applied === 'no'
  return failure.code === 'record-too-large' || failure.code === 'journal-corrupt'
}

function toTailfoldError(operation: string, error: unknown): TailfoldError {
  return isTailfoldError(error)
    ? error
    : storeFailure(operation, 'it failed', { applied: 'unknown', cause: error })
}
