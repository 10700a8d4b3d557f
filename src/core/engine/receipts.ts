import type { Commit, Receipt, RecordedOutcome } from '../journal/commit.ts'
import { describeEntity } from '../base/entity-key.ts'
import { TailfoldError } from '../base/errors.ts'
import type { Outcome, Verdict } from './outcome.ts'
import { commandHash } from '../journal/recent-commands.ts'
import type { Task } from './pending-command.ts'
import type { View } from './view.ts'

/** A receipt and the commit it stands in. */
export interface FoundReceipt {
  readonly receipt: Receipt
  readonly revision: number
}

/** Reads the commit at a revision; `undefined` when there is none. */
export type ReadCommit = (revision: number) => Promise<Commit | undefined>

/** The revision at which a command id was recorded, however long ago; `undefined` when it was not, or has expired. */
export type FindCommandId = (commandId: string) => Promise<number | undefined>

/**
 * The recorded receipt of a command id. Costs one read when the view remembers the id by its hash only, none when it
 * does not remember it. An id that has left the window is found by `findCommandId`, where there is one.
 */
export async function findReceipt(
  readCommit: ReadCommit,
  findCommandId: FindCommandId | undefined,
  view: View,
  window: number,
  commandId: string,
): Promise<FoundReceipt | undefined> {
  const hash = commandHash(commandId)
  for (const recent of view.recent) {
    if (recent.hash !== hash) continue
    const { revision } = recent
    const receipts = recent.receipt === undefined ? (await readCommit(revision))?.receipts : [recent.receipt]
    const receipt = receipts?.find((candidate) => candidate.commandId === commandId)
    if (receipt !== undefined) return { receipt, revision }
  }
  // A window that is not full has forgotten nothing.
  if (findCommandId === undefined || view.recent.length < window) return undefined
  const revision = await findCommandId(commandId)
  const commit = revision === undefined ? undefined : await readCommit(revision)
  const receipt = commit?.receipts.find((candidate) => candidate.commandId === commandId)
  return commit && receipt && { receipt, revision: commit.revision }
}

/** What to tell a caller whose command id is recorded: the same again, or that the id was used for something else. */
export function replay(view: View, task: Task, { receipt, revision }: FoundReceipt): Verdict {
  if (receipt.fingerprint !== task.fingerprint) {
    const entity = describeEntity(view.entity)
    return {
      kind: 'failed',
      error: new TailfoldError(
        'command-id-reused',
        `The command id was used at revision ${revision} of ${entity} for a different command. Use a new id for a new command.`,
        { entity, revision },
      ),
    }
  }
  return { kind: 'recorded', outcome: toOutcome(receipt.outcome, revision) }
}

function toOutcome(recorded: RecordedOutcome, revision: number): Outcome {
  const position = { revision, replayed: true }
  return recorded.kind === 'replied'
    ? { ...position, kind: recorded.kind, reply: recorded.reply, stopped: false }
    : { ...position, kind: recorded.kind, reason: recorded.reason, details: recorded.details }
}
