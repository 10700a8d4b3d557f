import type { PendingCommand } from './pending-command.ts'
import { knowsPeriod, readPeriod } from './period.ts'
import type { CommandIdentity, FoundReceipt } from './receipts.ts'
import type { Run } from './run.ts'
import type { Shared } from './shared.ts'
import type { View } from './view.ts'

/**
 * The recorded receipt of a command. Costs one read when the view knows its id by the hash only. `'unverified'` when the
 * id may have been used within the period, and {@link recallIds} could not rule it out.
 */
export async function findReceipt(
  shared: Shared,
  run: Run,
  view: View,
  { identity, dedupe }: PendingCommand,
): Promise<FoundReceipt | 'unverified' | undefined> {
  if (identity === undefined) return undefined
  const read = new Set<number>()
  for (const { hash, receipt, revision } of view.recent.commands) {
    if (!identity.hashes.includes(hash)) continue
    if (receipt !== undefined && identity.owns(receipt)) return { receipt, revision }
    if (receipt !== undefined || read.has(revision)) continue
    read.add(revision)
    const found = await receiptAt(shared, run, revision, identity)
    if (found !== undefined) return found
  }
  if (view.recent.dropped === undefined) return undefined
  if (dedupe === 'always') return findKeptId(shared, run, identity)
  return knowsPeriod(shared.definition, view.recent, run.platform.now()) ? undefined : 'unverified'
}

/** The view with the ids of the period, where a command cannot be ruled out to be a repeat without reading them. */
export async function recallIds(
  { definition, recovery }: Shared,
  run: Run,
  view: View,
  commands: readonly PendingCommand[],
): Promise<View> {
  const { recent } = view
  const isUnsure = commands.some(
    ({ identity, dedupe }) => identity !== undefined && dedupe === 'window' && !isKnown(view, identity),
  )
  if (!isUnsure || knowsPeriod(definition, recent, run.platform.now())) return view
  return readPeriod(definition, view, run, (entity, fromRevision, limit) =>
    recovery.commits(entity, { fromRevision, limit }, run),
  )
}

function isKnown({ recent }: View, identity: CommandIdentity): boolean {
  return recent.commands.some(
    ({ hash, receipt }) =>
      identity.hashes.includes(hash) && (receipt === undefined || identity.owns(receipt)),
  )
}

async function receiptAt(
  { recovery }: Shared,
  run: Run,
  revision: number,
  identity: CommandIdentity,
): Promise<FoundReceipt | undefined> {
  const commit = await recovery.commit(run.entity, revision, run)
  const receipt = commit?.receipts.find((candidate) => identity.owns(candidate))
  return receipt && { receipt, revision }
}

/** The receipt of an id that `dedupe: 'always'` recorded beside its commit. */
async function findKeptId(
  shared: Shared,
  run: Run,
  identity: CommandIdentity,
): Promise<FoundReceipt | undefined> {
  const { requests, journal } = shared
  for (const itemId of identity.itemIds) {
    const revision = await requests.repeat(run, () =>
      requests.send('find a command id', run, async (request) =>
        journal.findCommandId?.(run.entity, itemId, request),
      ),
    )
    const found = revision === undefined ? undefined : await receiptAt(shared, run, revision, identity)
    if (found !== undefined) return found
  }
  return undefined
}
