import { describeEntity } from '../base/entity-key.ts'
import { TailfoldError } from '../base/errors.ts'
import { commandIdUnverified, entityStopped, tooManyRejections } from '../base/failures.ts'
import { withTimeout } from '../base/platform.ts'
import type { Batch } from './batch.ts'
import { decideCommand, type Deciding, withoutCommit } from './decide-command.ts'
import type { EntityJournal } from './entity-journal.ts'
import { type Decided, writesNothing } from './decided.ts'
import type { PendingCommand } from './pending-command.ts'
import { type FoundReceipt, replay } from './receipts.ts'
import type { Run } from './run.ts'
import type { StateAt, View } from './view.ts'

/** A handler that takes longer closes the batch: what was decided before it commits at once. */
const slowHandlerMs = 20

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
  const now = Math.floor(run.platform.now())
  let at: StateAt = view
  for (const pending of batch.commands()) {
    if (mustWait(pending, decided, journal)) {
      batch.deferFrom(pending)
      break
    }
    const deciding = {
      definition: journal.definition,
      run,
      now,
      at,
      nextRevision: view.revision + 1,
      firstEvent: decided.reduce((sum, { events }) => sum + events.length, 0),
      ...journal.limits,
    } satisfies Deciding
    const work = decideOne(view, pending, decided, journal, deciding)
    const inTime = batch.commands().length === 1 || (await settlesSoon(run, work))
    if (!inTime) batch.deferFrom(decided.length === 0 ? (batch.commands()[1] as PendingCommand) : pending)
    if (!inTime && decided.length > 0) break
    const one = await work
    decided.push(one)
    at = one.after
    if (!inTime) break
  }
  return decided
}

/** One command: stopped, repeated, unverifiable or at the wrong revision; else what `onCommand` decides. */
async function decideOne(
  view: View,
  pending: PendingCommand,
  before: readonly Decided[],
  journal: EntityJournal,
  deciding: Deciding,
): Promise<Decided> {
  const { scope, identity } = pending
  if (scope !== undefined && before.some((one) => one.command.scope === scope && stops(one))) {
    return withoutCommit(pending, deciding, { error: entityStopped(view.entity) })
  }
  if (identity !== undefined) {
    const found = receiptInBatch(view, pending, before) ?? (await journal.findReceipt(view, pending))
    if (found === 'unverified')
      return withoutCommit(pending, deciding, { error: commandIdUnverified(view.entity) })
    if (found !== undefined) return withoutCommit(pending, deciding, replay(view, identity, found))
  }
  const mismatch = revisionMismatch(view, deciding.at, pending)
  if (mismatch !== undefined) return withoutCommit(pending, deciding, { error: mismatch })
  const decided = await decideCommand(pending, deciding)
  const isRecordedRejection = decided.receipt?.outcome.kind === 'rejected'
  return isRecordedRejection && !journal.mayRecordRejection(before)
    ? withoutCommit(pending, deciding, {
        error: tooManyRejections(view.entity, journal.limits.maxRecordedRejections),
      })
    : decided
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

/** True when the work is done within a moment; false when it is still under way. Work that fails soon is done. */
async function settlesSoon({ platform }: Run, work: Promise<Decided>): Promise<boolean> {
  const settled = work.then(
    () => true,
    () => true,
  )
  const slow = new Error('slow')
  return withTimeout(platform, slowHandlerMs, settled, () => slow).catch(() => false)
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
