import { isTailfoldError, type TailfoldError } from '../base/errors.ts'
import { outcomeUnknown } from '../base/failures.ts'
import type { ResolvedEntity } from '../entity/entity.ts'
import type { Cause, Commit, Receipt } from '../journal/commit.ts'
import type { CommitDraft } from '../journal/commit-draft.ts'
import type { AppendResult, PreparedCommit } from '../journal/journal.ts'
import { remember } from '../journal/recent-commands.ts'
import { type Decided, sharesFate, writes } from './decided.ts'
import type { PendingCommand } from './pending-command.ts'
import { rejectionsIn } from './rejection-counts.ts'
import type { Run } from './run.ts'
import type { Shared } from './shared.ts'
import { distanceAfter, remembering, type View } from './view.ts'

/** What became of an append. */
export type Appended = { readonly kind: 'appended'; readonly view: View } | Lost

/** The revision is taken by another commit, or the journal went back in time. */
export type Lost = { readonly kind: 'occupied'; readonly winner: Commit } | { readonly kind: 'behind' }

/**
 * Writes what was decided on a view as the next revision. Throws `outcome-unknown` when its fate is not learned in time,
 * and the store's error when it proves that nothing was written.
 */
export async function append(
  shared: Shared,
  run: Run,
  { view, verified }: { readonly view: View; readonly verified: boolean },
  decided: readonly Decided[],
): Promise<Appended> {
  const { definition, journal, platform, rejections, snapshots } = shared
  const { entity } = run
  const draft = commitOf(definition, view, decided, decided[0]?.decidedAt ?? 0, platform.newId())
  const prepared = journal.prepare(entity, draft)
  // Beside the append, never awaited; but a view that nobody compared may be of a journal that was restored since.
  const saved = verified ? snapshots.saveIfDue(view) : undefined
  const result = await contend(shared, run, decided, prepared)
  const isOurs = result.kind === 'occupied' && result.winner.commitId === draft.commitId
  if (result.kind !== 'appended' && !isOurs) {
    for (const { command } of decided) command.lost += 1
    return result
  }
  rejections.add(entity, rejectionsIn(decided))
  const before = (saved ?? snapshots.saveIfDue(view)).distance
  const { commit, stateBytes = before.stateBytes } = prepared
  const { revision, hash, lastSequenceNr: sequenceNr } = commit
  const { state, recent } = draft
  const distance = { ...distanceAfter(definition, before, commit), stateBytes }
  return {
    kind: 'appended',
    view: { ...view, revision, sequenceNr, hash, state, recent, distance },
  }
}

/**
 * Repeats the same write until its result is known. A read without the commit proves nothing: the write may be in flight.
 * Meanwhile the commands in it are in doubt: none may fail with an error that says nothing was written.
 */
async function contend(
  { requests, journal }: Shared,
  run: Run,
  decided: readonly Decided[],
  prepared: PreparedCommit,
): Promise<AppendResult> {
  const { revision } = prepared.commit
  const inIt = decided.filter((one) => sharesFate(one, revision)).map(({ command }) => command)
  let mayHaveApplied = false
  setInDoubt(inIt, true)
  for (;;) {
    try {
      const result = await requests.send('append', run, (request) =>
        journal.append(run.entity, prepared, request),
      )
      setInDoubt(inIt, false)
      return result
    } catch (error) {
      const failure = error as TailfoldError
      mayHaveApplied ||= !provesNothingWritten(failure)
      if (failure.retryable && (await run.afterFault())) continue
      setInDoubt(inIt, mayHaveApplied)
      throw mayHaveApplied ? outcomeUnknown(run.entity, failure) : failure
    }
  }
}

function setInDoubt(commands: readonly PendingCommand[], inDoubt: boolean): void {
  for (const command of commands) command.inDoubt = inDoubt
}

function provesNothingWritten(failure: TailfoldError): boolean {
  if (isTailfoldError(failure, 'store-unavailable')) return failure.data.applied === 'no'
  return failure.code === 'record-too-large' || failure.code === 'journal-corrupt'
}

/** The commit of everything that was decided on a view: the one place where offsets are worked out. */
function commitOf(
  definition: ResolvedEntity,
  view: View,
  decided: readonly Decided[],
  timestamp: number,
  commitId: string,
): CommitDraft {
  const revision = view.revision + 1
  const { events, eventTexts, receipts } = contentOf(decided)
  const causes = causesOf(decided)
  return {
    revision,
    commitId,
    timestamp,
    lastSequenceNr: view.sequenceNr + events.length,
    events,
    eventTexts,
    receipts,
    causes,
    previousHash: view.hash,
    state: decided.at(-1)?.after.state,
    stateBytesHint: view.distance.stateBytes,
    schemaVersion: definition.schemaVersion,
    recent: remember(view.recent, [{ revision, receipts, timestamp }], remembering(definition)),
    idsAtLeast: definition.dedupeWindow,
    ids: idsToKeep(definition, decided, timestamp),
  }
}

/** By loops: `flatMap` takes ten times as long, for every command. */
function contentOf(decided: readonly Decided[]): Pick<CommitDraft, 'events' | 'eventTexts' | 'receipts'> {
  const events: unknown[] = []
  const eventTexts: string[] = []
  const receipts: Receipt[] = []
  for (const one of decided) {
    for (const event of one.events) events.push(event)
    for (const text of one.eventTexts) eventTexts.push(text)
    if (one.receipt !== undefined) receipts.push(one.receipt)
  }
  return { events, eventTexts, receipts }
}

/** Commands of which something is known, and that left something in the commit; `undefined` for none. */
function causesOf(decided: readonly Decided[]): readonly Cause[] | undefined {
  const causes: Cause[] = []
  let firstEvent = 0
  for (const one of decided) {
    const { command, metadata } = one
    const { principal, traceparent } = command
    const eventCount = one.events.length
    const isKnown = principal !== undefined || traceparent !== undefined || metadata !== undefined
    if (isKnown && writes(one)) {
      causes.push({
        firstEvent,
        eventCount,
        ...(principal && { principal: principal.id }),
        ...(traceparent !== undefined && { traceparent }),
        ...(metadata && { metadata }),
      })
    }
    firstEvent += eventCount
  }
  return causes.length > 0 ? causes : undefined
}

function idsToKeep(
  { idItemsForSeconds }: ResolvedEntity,
  decided: readonly Decided[],
  timestamp: number,
): CommitDraft['ids'] {
  const expiresAtEpochSeconds = Math.ceil(timestamp / 1_000) + idItemsForSeconds
  return decided.flatMap(({ receipt, command: { dedupe, identity } }) => {
    const [commandId] = identity?.itemIds ?? []
    return receipt === undefined || dedupe !== 'always' || commandId === undefined
      ? []
      : [{ commandId, expiresAtEpochSeconds }]
  })
}
