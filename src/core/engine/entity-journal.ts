import { describeEntity } from '../base/entity-key.ts'
import { isTailfoldError, type TailfoldError } from '../base/errors.ts'
import { outcomeUnknown } from '../base/failures.ts'
import type { ResolvedEntity } from '../entity/entity.ts'
import type { Commit } from '../journal/commit.ts'
import type { PreparedCommit } from '../journal/journal.ts'
import { remember } from '../journal/recent-commands.ts'
import type { Batch } from './batch.ts'
import { commitOf } from './commit-of.ts'
import type { Deciding } from './decide-command.ts'
import type { Decided } from './decided.ts'
import type { PendingCommand } from './pending-command.ts'
import { knowsPeriod, readPeriod } from './period.ts'
import type { FoundReceipt } from './receipts.ts'
import type { Run } from './run.ts'
import type { Shared } from './shared.ts'
import { distanceAfter, emptyView, foldCommits, remembering, type View } from './view.ts'

/** What an attempt is decided on. */
export interface Basis {
  readonly view: View
  /** True when it was read after the commands had arrived: only that answers a query or a rejection. */
  readonly verified: boolean
  /** How the batch began: on a warm view, on the belief that the entity is new, or by reading. */
  readonly origin: 'warm' | 'assumed' | 'read'
  /** When the view was last compared with the journal, in milliseconds since the Unix epoch. */
  readonly comparedAt: number
  /** Another process writes the entity too: the next batch reads before it decides. */
  readonly readFirst: boolean
}

/** What became of an append. */
export type Appended =
  | { readonly kind: 'appended'; readonly view: View }
  | { readonly kind: 'occupied'; readonly winner: Commit }
  | { readonly kind: 'behind' }

/** The journal as one run of one entity uses it: cached, timed, retried, every append followed to its fate. */
export interface EntityJournal {
  readonly definition: ResolvedEntity
  readonly limits: DecisionLimits
  /** A warm view while it is likely fresh, the empty one when all callers believe in it, else the journal. */
  start(commands: readonly PendingCommand[]): Promise<Basis>
  /** Reads the commits of the period where an id cannot be ruled out without them. */
  recallIds(basis: Basis, commands: readonly PendingCommand[]): Promise<Basis>
  /** The newest view. */
  readOn(basis: Basis): Promise<Basis>
  /** Starts to write a snapshot of the view where one is due; returns the view as it is then. */
  saveIfDue(view: View): View
  /** Likewise after a read, as long as this process may write. */
  saveAfterRead(view: View): View
  /**
   * Writes what was decided as the next revision. Throws `outcome-unknown` when its fate is not learned in time, and the
   * store's error when it proves that nothing was written.
   */
  append(basis: Basis, decided: readonly Decided[]): Promise<Appended>
  /** After a loss: folds the winner, and reads where more may be missing. */
  catchUp(basis: Basis, lost: Exclude<Appended, { kind: 'appended' }>): Promise<Basis>
  /** Keeps the view warm and answers the commands. */
  answer(batch: Batch, decided: readonly Decided[], basis: Basis, view: View): void
  /**
   * The recorded receipt of a command. Costs one read when the view knows its id by the hash only. `'unverified'` when
   * the id may have been used within the period.
   */
  findReceipt(view: View, command: PendingCommand): Promise<FoundReceipt | 'unverified' | undefined>
  /** True while the entity may record one more rejection than those decided before it. */
  mayRecordRejection(before: readonly Decided[]): boolean
}

/** What bounds a decision. */
export interface DecisionLimits extends Pick<Deciding, 'maxEvents' | 'keepsRejections' | 'asHandler'> {
  /** Command ids with `dedupe: 'always'` in one commit. */
  readonly maxCommandIds: number
  readonly maxRecordedRejections: number
}

/** Opens the journal for one run. */
export function entityJournal(shared: Shared, run: Run, limits: DecisionLimits): EntityJournal {
  const { definition, journal, platform, requests, cache, snapshots, recovery } = shared
  const { entity } = run

  const found = (view: View, comparedAt: number, readFirst: boolean): Basis => ({
    view,
    verified: true,
    origin: 'read',
    comparedAt,
    readFirst,
  })

  async function readOn(basis: Basis): Promise<Basis> {
    const comparedAt = platform.now()
    const view =
      basis.origin === 'assumed' ? await recovery.recover(run) : await recovery.readOn(basis.view, run)
    return { ...found(view, comparedAt, basis.readFirst), origin: basis.origin === 'warm' ? 'warm' : 'read' }
  }

  /** Contends for the slot until it is known who holds it: a read that does not show the commit would prove nothing. */
  async function contend(prepared: PreparedCommit) {
    let mayHaveApplied = false
    for (;;) {
      try {
        return await requests.send('append', run, (request) => journal.append(entity, prepared, request))
      } catch (error) {
        const failure = error as TailfoldError
        mayHaveApplied ||= !provesNothingWritten(failure)
        if (failure.retryable && (await run.afterFault())) continue
        throw mayHaveApplied ? outcomeUnknown(entity, failure) : failure
      }
    }
  }

  async function receiptAt(
    revision: number,
    { identity }: PendingCommand,
  ): Promise<FoundReceipt | undefined> {
    const commit = await recovery.commit(entity, revision, run)
    const receipt = commit?.receipts.find((candidate) => identity?.owns(candidate))
    return receipt && { receipt, revision }
  }

  async function findKeptId(command: PendingCommand): Promise<FoundReceipt | undefined> {
    for (const itemId of command.identity?.itemIds ?? []) {
      const revision = await requests.repeat(run, () =>
        requests.send('find a command id', run, async (request) =>
          journal.findCommandId?.(entity, itemId, request),
        ),
      )
      const receipt = revision === undefined ? undefined : await receiptAt(revision, command)
      if (receipt !== undefined) return receipt
    }
    return undefined
  }

  return {
    definition,
    limits,
    readOn,

    async start(commands) {
      const warm = cache.get(entity)
      if (warm !== undefined && cache.isFresh(warm, platform.now())) {
        return { ...warm, verified: false, origin: 'warm' }
      }
      const comparedAt = platform.now()
      if (warm !== undefined) {
        const view = await recovery.readOn(warm.view, run)
        return found(view, comparedAt, warm.readFirst && view.revision !== warm.view.revision)
      }
      if (commands.every(({ expectsNew }) => expectsNew)) {
        const view = emptyView(definition, entity)
        return { ...found(view, comparedAt, false), verified: false, origin: 'assumed' }
      }
      return found(await recovery.recover(run), comparedAt, false)
    },

    async recallIds(basis, commands) {
      const { recent } = basis.view
      const isUnsure = commands.some(
        ({ identity, dedupe }) =>
          identity !== undefined &&
          dedupe === 'window' &&
          !recent.commands.some(
            ({ hash, receipt }) =>
              identity.hashes.includes(hash) && (receipt === undefined || identity.owns(receipt)),
          ),
      )
      if (!isUnsure || knowsPeriod(definition, recent, platform.now())) return basis
      const view = await readPeriod(definition, basis.view, run, (key, fromRevision, limit) =>
        recovery.commits(key, { fromRevision, limit }, run),
      )
      // Progress is kept even where the command fails for want of more of it.
      if (basis.origin !== 'assumed') shared.keep({ ...basis, view })
      return { ...basis, view }
    },

    saveIfDue: snapshots.saveIfDue,
    saveAfterRead: snapshots.saveIfDueAfterRead,

    async append({ view }, decided) {
      const draft = commitOf(definition, view, decided, decided[0]?.decidedAt ?? 0, platform.newId())
      const prepared = journal.prepare(entity, draft)
      const result = await whileInDoubt(decided, () => contend(prepared))
      if (result.kind === 'behind') return result
      if (result.kind === 'occupied' && result.winner.commitId !== draft.commitId) return result
      shared.rejections.add(entity, rejectionsIn(decided))
      const { commit, stateBytes = view.distance.stateBytes } = prepared
      const recent = remember(view.recent, [commit], remembering(definition))
      const distance = { ...distanceAfter(definition, view.distance, commit), stateBytes }
      const { revision, hash, lastSequenceNr: sequenceNr } = commit
      return {
        kind: 'appended',
        view: { ...view, revision, sequenceNr, hash, state: draft.state, recent, distance },
      }
    },

    async catchUp(basis, lost) {
      const comparedAt = platform.now()
      if (lost.kind === 'behind')
        return found(await recovery.afterRestore(basis.view, run), comparedAt, false)
      if (basis.origin === 'assumed') return found(await recovery.recover(run), comparedAt, false)
      const view = foldCommits(definition, basis.view, [lost.winner], true)
      run.folded(1)
      const next = {
        ...basis,
        view,
        verified: false,
        comparedAt,
        readFirst: basis.readFirst || basis.origin === 'warm',
      }
      return run.conflicts() > 1 ? readOn(next) : next
    },

    answer(batch, decided, basis, view) {
      shared.keep({ ...basis, view })
      if (run.conflicts() === 0) shared.backoff.calm(describeEntity(entity))
      if (decided.some(({ answer }) => answer.outcome?.kind === 'replied' && answer.outcome.stopped))
        cache.delete(entity)
      batch.answer(decided, run.effort(decided.length, basis.view.revision))
    },

    async findReceipt(view, command) {
      const { identity, dedupe } = command
      if (identity === undefined) return undefined
      const read = new Set<number>()
      for (const { hash, receipt, revision } of view.recent.commands) {
        if (!identity.hashes.includes(hash)) continue
        if (receipt !== undefined && identity.owns(receipt)) return { receipt, revision }
        if (receipt !== undefined || read.has(revision)) continue
        read.add(revision)
        const foundThere = await receiptAt(revision, command)
        if (foundThere !== undefined) return foundThere
      }
      if (view.recent.dropped === undefined) return undefined
      if (dedupe === 'always') return findKeptId(command)
      return knowsPeriod(definition, view.recent, platform.now()) ? undefined : 'unverified'
    },

    mayRecordRejection: (before) =>
      shared.rejections.count(entity) + rejectionsIn(before) < limits.maxRecordedRejections,
  }
}

/** A command of a commit whose fate is not known must not be told that nothing was written. */
async function whileInDoubt<Result>(
  decided: readonly Decided[],
  contend: () => Promise<Result>,
): Promise<Result> {
  const setInDoubt = (inDoubt: boolean) => {
    for (const { command } of decided) command.inDoubt = inDoubt
  }
  setInDoubt(true)
  try {
    const result = await contend()
    setInDoubt(false)
    return result
  } catch (error) {
    setInDoubt(isTailfoldError(error, 'outcome-unknown'))
    throw error
  }
}

function rejectionsIn(decided: readonly Decided[]): number {
  return decided.filter(({ receipt }) => receipt?.outcome.kind === 'rejected').length
}

function provesNothingWritten(failure: TailfoldError): boolean {
  if (isTailfoldError(failure, 'store-unavailable')) return failure.data.applied === 'no'
  return failure.code === 'record-too-large' || failure.code === 'journal-corrupt'
}
