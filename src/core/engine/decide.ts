import { describeEntity } from '../base/entity-key.ts'
import { isTailfoldError, TailfoldError } from '../base/errors.ts'
import { commandIdUnverified, entityStopped, tooManyRejections } from '../base/failures.ts'
import { withTimeout } from '../base/platform.ts'
import type { Batch } from './batch.ts'
import { decideCommand, withoutCommit } from './decide-command.ts'
import type { Deciding } from './deciding.ts'
import type { EntityJournal } from './entity-journal.ts'
import { type Decided, writesNothing } from './decided.ts'
import type { PendingCommand } from './pending-command.ts'
import { type FoundReceipt, replay } from './receipts.ts'
import type { Run } from './run.ts'
import type { StateAt, View } from './view.ts'

/**
 * Handlers that take longer, alone or together, close the batch: what was decided before commits at once. The slow handler
 * is not cancelled: its result is dropped, and it runs again in the next batch.
 */
const slowMs = 20

/**
 * Decides the commands of a batch in order, each on the state that the one before left. A command that fails or is
 * rejected leaves no trace in the state and does not fail the others. Nothing is written and nobody is answered yet.
 *
 * Commands that must not share the commit are left to the next batch: from a slow handler on (alone in its batch it has
 * all its time), and from a command on that expects a revision which an earlier one of the batch is about to pass.
 */
export async function decide(
  view: View,
  batch: Batch,
  run: Run,
  journal: EntityJournal,
): Promise<readonly Decided[]> {
  const decided: Decided[] = []
  const commands = batch.commands()
  const now = Math.floor(run.platform.now())
  let at: StateAt = view
  let firstEvent = 0
  for (const [index, pending] of commands.entries()) {
    pending.dropIfExpired()
    if (pending.answered()) continue
    const isLate = decided.length > 0 && run.platform.now() - now > slowMs
    if (isLate || mustWait(pending, decided, journal)) {
      batch.deferFrom(pending)
      break
    }
    const deciding: Deciding = {
      definition: journal.definition,
      run,
      now,
      at,
      nextRevision: view.revision + 1,
      firstEvent,
      limits: journal.limits,
    }
    const work = decideOne(view, pending, decided, journal, deciding)
    const following = commands[index + 1]
    const inTime = commands.length === 1 || (await settlesSoon(run, work))
    if (!inTime && decided.length > 0) {
      batch.deferFrom(pending)
      break
    }
    if (!inTime && following !== undefined) batch.deferFrom(following)
    const one = await work
    decided.push(one)
    at = one.after
    firstEvent += one.events.length
    if (!inTime) break
  }
  return decided
}

/** One command: stopped, repeated, unverifiable or at the wrong revision; else what `onCommand` decides. Never throws. */
function decideOne(
  view: View,
  pending: PendingCommand,
  before: readonly Decided[],
  journal: EntityJournal,
  deciding: Deciding,
): Promise<Decided> | Decided {
  const { scope, identity } = pending
  if (scope !== undefined && before.some((one) => one.command.scope === scope && stops(one))) {
    return withoutCommit(pending, deciding, { error: entityStopped(view.entity) })
  }
  if (identity !== undefined) {
    const recorded = receiptInBatch(view, pending, before) ?? journal.recorded(pending)
    if (recorded === 'unverified')
      return withoutCommit(pending, deciding, { error: commandIdUnverified(view.entity) })
    if (isTailfoldError(recorded)) return withoutCommit(pending, deciding, { error: recorded })
    if (recorded !== undefined) return withoutCommit(pending, deciding, replay(view, identity, recorded))
  }
  const error = revisionMismatch(view, deciding.at, pending)
  return error === undefined
    ? decideUnrecorded(pending, before, journal, deciding)
    : withoutCommit(pending, deciding, { error })
}

async function decideUnrecorded(
  pending: PendingCommand,
  before: readonly Decided[],
  journal: EntityJournal,
  deciding: Deciding,
): Promise<Decided> {
  const decided = await pending.inContext(() => decideCommand(pending, deciding))
  const isRecordedRejection = decided.receipt?.outcome.kind === 'rejected'
  if (!isRecordedRejection || journal.mayRecordRejection(before)) return decided
  const { run } = deciding
  const error = tooManyRejections(run.entity, journal.limits.maxRecordedRejections)
  return withoutCommit(pending, deciding, { error })
}

/** True for a command that cannot be part of the commit that the commands before it are about to make. */
function mustWait(
  { expectedRevision, dedupe, identity }: PendingCommand,
  before: readonly Decided[],
  { limits }: EntityJournal,
): boolean {
  if (expectedRevision !== undefined && !writesNothing(before)) return true
  const ids = before.filter(
    ({ receipt, command }) => receipt !== undefined && command.dedupe === 'always',
  ).length
  return identity !== undefined && dedupe === 'always' && ids >= limits.maxCommandIds
}

/** True when the work, which does not fail, is done within a moment; false when it is still under way. */
async function settlesSoon({ platform }: Run, work: Promise<Decided> | Decided): Promise<boolean> {
  if (!(work instanceof Promise)) return true
  const done = work.then(() => true)
  return withTimeout(platform, slowMs, done, () => new Error('slow')).catch(() => false)
}

function stops({ answer }: Decided): boolean {
  return answer.outcome?.kind === 'replied' && answer.outcome.stopped
}

/** The receipt of the same command earlier in the batch, which becomes durable with it. */
function receiptInBatch(
  view: View,
  { identity }: PendingCommand,
  before: readonly Decided[],
): FoundReceipt | undefined {
  const receipt = before.find((one) => one.receipt !== undefined && identity?.owns(one.receipt))?.receipt
  return receipt && { receipt, revision: view.revision + 1 }
}

function revisionMismatch(
  view: View,
  { revision: actual }: StateAt,
  { expectedRevision: expected }: PendingCommand,
): TailfoldError | undefined {
  if (expected === undefined || expected === actual) return undefined
  const entity = describeEntity(view.entity)
  const message = `${entity} is at revision ${actual}, but ${expected} was expected. Read the entity again and retry.`
  return new TailfoldError('revision-mismatch', message, { entity, expected, actual })
}
