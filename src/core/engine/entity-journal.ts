import { describeEntity } from '../base/entity-key.ts'
import type { ResolvedEntity } from '../entity/entity.ts'
import { append, type Appended, type Lost } from './append.ts'
import type { Batch } from './batch.ts'
import type { DecisionLimits } from './deciding.ts'
import { type Decided, isDurableReplay } from './decided.ts'
import type { PendingCommand } from './pending-command.ts'
import { type Recorded, receiptLookup } from './receipt-lookup.ts'
import { rejectionsIn } from './rejection-counts.ts'
import type { Run } from './run.ts'
import type { Shared } from './shared.ts'
import { emptyView, foldCommits, type View } from './view.ts'
import type { WarmView } from './view-cache.ts'

/** What an attempt is decided on. */
export interface Basis {
  readonly view: View
  /** True when it was read after the commands had arrived: only that answers a query or a rejection. */
  readonly verified: boolean
  /** How the batch began: on a warm view, on the belief that the entity is new, or by reading. */
  readonly origin: 'warm' | 'assumed' | 'read'
  /** When the view was last compared with the journal, in milliseconds since the Unix epoch. */
  readonly comparedAt: number
  /** Reads that must find nothing new before a command is decided without one: others write the entity too. */
  readonly readsFirst: number
}

/** The journal as one run of one entity uses it: cached, timed, retried, every append followed to its fate. */
export interface EntityJournal {
  readonly definition: ResolvedEntity
  readonly limits: DecisionLimits
  /** The cached view while it is fresh, an empty view if every caller expects a new entity, otherwise a view read from the journal. */
  start(commands: readonly PendingCommand[]): Basis | Promise<Basis>
  /**
   * Finds out what is recorded of the commands of a batch, before they are decided; see `receipt-lookup.ts`. Leaves
   * those of which it is not found out in a moment to the next batch.
   */
  lookUp(basis: Basis, batch: Batch): Basis | Promise<Basis>
  /** What was found of a command. */
  recorded(command: PendingCommand): Recorded
  /** The newest view. */
  readOn(basis: Basis): Promise<Basis>
  /** Starts to write a snapshot where one is due, as long as this process may write; returns the view as it is then. */
  saveAfterRead(view: View): View
  /**
   * Writes what was decided as the next revision. Throws `outcome-unknown` when its fate is not learned in time, and the
   * store's error when it proves that nothing was written.
   */
  append(basis: Basis, decided: readonly Decided[]): Promise<Appended>
  /** After a loss: folds the winner, and reads where more may be missing. */
  catchUp(basis: Basis, lost: Lost): Promise<Basis>
  /** Keeps the view warm and answers the commands. */
  keepAndAnswer(batch: Batch, decided: readonly Decided[], basis: Basis, view: View): void
  /** Answers repeats of durable commands: the write of the others may end as `outcome-unknown`. */
  answerReplays(batch: Batch, decided: readonly Decided[], basis: Basis): void
  /** True while the entity may record one more rejection than those decided before it. */
  mayRecordRejection(before: readonly Decided[]): boolean
}

/** Opens the journal for one run. */
export function entityJournal(shared: Shared, run: Run, limits: DecisionLimits): EntityJournal {
  const { definition, cache, snapshots } = shared
  const { entity } = run
  const receipts = receiptLookup(shared, run)
  const { start, readOn, catchUp } = bases(shared, run)

  async function lookUp(basis: Basis, batch: Batch): Promise<Basis> {
    const { view, slow } = await receipts.lookUp(basis.view, batch.commands())
    for (const command of slow) batch.defer(command)
    if (view === basis.view) return basis
    // Progress is kept even where a command fails for want of more of it.
    if (basis.origin !== 'assumed') shared.keep({ ...basis, view }, run)
    return { ...basis, view }
  }

  return {
    definition,
    limits,
    start,
    readOn,
    catchUp,
    saveAfterRead: snapshots.saveIfDueAfterRead,
    append: (basis, decided) => append(shared, run, basis, decided),
    lookUp: (basis, batch) =>
      batch.commands().some(({ identity }) => identity !== undefined) ? lookUp(basis, batch) : basis,
    recorded: receipts.of,
    mayRecordRejection: (before) =>
      shared.rejections.count(entity) + rejectionsIn(before) < limits.maxRecordedRejections,
    keepAndAnswer(batch, decided, basis, view) {
      const stops = decided.some(({ answer }) => answer.outcome?.kind === 'replied' && answer.outcome.stopped)
      if (stops) cache.delete(entity)
      else shared.keep({ ...basis, view }, run)
      if (run.conflicts() === 0) shared.backoff.calm(describeEntity(entity))
      batch.answer(decided, run.effort(decided.length, basis.view.revision))
    },
    answerReplays(batch, decided, { view: { revision } }) {
      const replays = decided.filter((each) => isDurableReplay(each, revision))
      batch.answer(replays, run.effort(decided.length, revision))
    },
  }
}

/** With fewer, processes that take turns at random would often decide on an old view: 2 of them cost 2.0 requests. */
const calmReads = 4

/** How a run comes to a basis: at its start, by reading on, and after a loss. */
function bases(
  { definition, platform, cache, recovery }: Shared,
  run: Run,
): Pick<EntityJournal, 'start' | 'readOn' | 'catchUp'> {
  const { entity } = run
  const found = (view: View, comparedAt: number, readsFirst: number): Basis => ({
    view,
    verified: true,
    origin: 'read',
    comparedAt,
    readsFirst,
  })

  async function readOn(basis: Basis): Promise<Basis> {
    const { view, origin, readsFirst } = basis
    const comparedAt = platform.now()
    const newest = origin === 'assumed' ? await recovery.recover(run) : await recovery.readOn(view, run)
    return { ...found(newest, comparedAt, readsFirst), origin: origin === 'warm' ? 'warm' : 'read' }
  }

  async function readFirst(warm: WarmView, comparedAt: number): Promise<Basis> {
    const view = await recovery.readOn(warm.view, run)
    const isCalm = view.revision === warm.view.revision
    return found(view, comparedAt, isCalm ? Math.max(0, warm.readsFirst - 1) : warm.readsFirst)
  }

  return {
    readOn,
    start(commands) {
      const warm = cache.get(entity)
      const comparedAt = platform.now()
      if (warm !== undefined && cache.isFresh(warm, comparedAt))
        return { ...warm, verified: false, origin: 'warm' }
      if (warm !== undefined) return readFirst(warm, comparedAt)
      if (commands.every(({ expectsNew }) => expectsNew)) {
        const assumed = found(emptyView(definition, entity), comparedAt, 0)
        return { ...assumed, verified: false, origin: 'assumed' }
      }
      return recovery.recover(run).then((view) => found(view, comparedAt, 0))
    },
    async catchUp(basis, lost) {
      const comparedAt = platform.now()
      if (lost.kind === 'behind') {
        return found(await recovery.afterRestore(basis.view, run), comparedAt, 0)
      }
      if (basis.origin === 'assumed') return found(await recovery.recover(run), comparedAt, 0)
      const view = foldCommits(definition, basis.view, [lost.winner], true)
      run.countFolded(1)
      const readsFirst = basis.origin === 'warm' ? calmReads : basis.readsFirst
      const next = { ...basis, view, verified: false, comparedAt, readsFirst }
      return run.conflicts() > 1 ? readOn(next) : next
    },
  }
}
