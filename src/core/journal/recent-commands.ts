import type { Commit, Receipt } from './commit.ts'
import { fingerprint } from '../base/fingerprint.ts'

/**
 * The newest command ids of an entity, newest first, bounded. It rides with every stored state, so a repeated command
 * is found without a read of its own.
 *
 * Stored form: for each id its 8-character hash, then the distance of its commit from that of the id before it (the
 * first: from the revision of the state) in base 36, then `.`; for example `k3q8v1xz0.9ab2c4de1.` at revision 7 names
 * commits 7 and 6. A hash only nominates a commit; the full id in its receipt decides.
 */
export type RecentCommands = readonly RecentCommand[]

/** One command id, known by hash; with its receipt when the commit has been seen in full. */
export interface RecentCommand {
  readonly hash: string
  readonly revision: number
  readonly receipt: Receipt | undefined
}

/** How many command ids are remembered by default: the newest of the entity, and always all of its newest commit. */
export const recentCommandsKept = 32

/** No window is larger: ten bytes an id ride with every stored state. */
export const largestWindow = 1_000

const hashLength = 8

/** The 8-character hash under which a command id is remembered. */
export function commandHash(commandId: string): string {
  return fingerprint(commandId).slice(-hashLength)
}

/** Adds the receipts of a commit, and forgets what is then beyond the newest `kept`. */
export function remember(
  recent: RecentCommands,
  commit: Pick<Commit, 'revision' | 'receipts'>,
  kept: number = recentCommandsKept,
): RecentCommands {
  if (commit.receipts.length === 0) return recent
  const added = commit.receipts.map((receipt) => ({
    hash: commandHash(receipt.commandId),
    revision: commit.revision,
    receipt,
  }))
  return [...added.toReversed(), ...recent].slice(0, Math.max(kept, added.length))
}

/** The stored form, relative to the revision of the state it rides with. */
export function encodeRecent(recent: RecentCommands, revision: number): string {
  let text = ''
  let previous = revision
  for (const command of recent) {
    text += `${command.hash}${(previous - command.revision).toString(36)}.`
    previous = command.revision
  }
  return text
}

/** Reads the stored form. Text that is not of that form yields the ids up to the fault. */
export function decodeRecent(text: string, revision: number): RecentCommands {
  const recent: RecentCommand[] = []
  let previous = revision
  for (const entry of text.split('.')) {
    const distance = Number.parseInt(entry.slice(hashLength), 36)
    if (Number.isNaN(distance)) break
    previous -= distance
    recent.push({ hash: entry.slice(0, hashLength), revision: previous, receipt: undefined })
  }
  return recent
}

/** Adds to ids known by hash the receipts that stand in `commits`. */
export function withReceipts(recent: RecentCommands, commits: readonly Commit[]): RecentCommands {
  const receipts = commits.flatMap((commit) =>
    commit.receipts.map((receipt) => ({ revision: commit.revision, receipt })),
  )
  return recent.map((command) => {
    const match = receipts.find(
      ({ revision, receipt }) =>
        revision === command.revision && commandHash(receipt.commandId) === command.hash,
    )
    return match === undefined ? command : { ...command, receipt: match.receipt }
  })
}
