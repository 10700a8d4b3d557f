import type { TailfoldError } from '../base/errors.ts'
import { withTimeout } from '../base/platform.ts'
import { type DroppedCommand, findRecent } from '../journal/recent-commands.ts'
import type { PendingCommand } from './pending-command.ts'
import { knowsPeriod, readPeriod } from './period.ts'
import type { CommandIdentity, FoundReceipt } from './receipts.ts'
import { asTailfoldError } from './requests.ts'
import type { Run } from './run.ts'
import type { Shared } from './shared.ts'
import type { View } from './view.ts'

/**
 * What is recorded of a command: its receipt; `undefined` when its id was not used; `'unverified'` when that could not be
 * found out within bounds; the error that kept it from being found out.
 */
export type Recorded = FoundReceipt | 'unverified' | TailfoldError | undefined

/** What became of a lookup. */
export interface LookedUp {
  readonly view: View
  readonly slow: readonly PendingCommand[]
}

/** The least that counts as slow: as long as a handler may take, and a few round trips. */
const slowMs = 20
const slowRoundTrips = 4

const wasSlow = new WeakSet<PendingCommand>()

/**
 * Commands whose ids were not found among the kept ones, and from where on the view knew all others then. What later commits
 * hold, a view learns as it folds them; one that was read again, as after a restore, knows its ids from another place on.
 */
const notKept = new WeakMap<PendingCommand, DroppedCommand>()

/** Finds the receipts of the commands of one run, before they are decided. */
export interface ReceiptLookup {
  /**
   * Looks the commands up. Costs a read for an id of which the view knows the hash only, one for each id with
   * `dedupe: 'always'` that the view does not know (two where it has a principal), and the commits of the period where an
   * id cannot be ruled out without them; the returned view knows the ids of those. Never throws: a failure concerns its
   * command alone.
   *
   * Commands of which it is not found out in a moment, or only by the commits of the period, are `slow`, once each: the
   * others must not wait for them. Never all commands.
   */
  lookUp(view: View, commands: readonly PendingCommand[]): Promise<LookedUp>
  /** What was found last. */
  of(command: PendingCommand): Recorded
}

/** Starts with nothing looked up. */
export function receiptLookup(shared: Shared, run: Run): ReceiptLookup {
  const { definition, platform, recovery, requests } = shared
  const found = new Map<PendingCommand, Recorded>()

  function searchAll(view: View, commands: readonly PendingCommand[]): readonly Promise<void>[] {
    const reads: Promise<void>[] = []
    for (const command of commands) {
      const result = search(shared, run, view, command)
      if (result instanceof Promise) {
        found.delete(command)
        reads.push(result.then((recorded) => void found.set(command, recorded)))
      } else found.set(command, result)
    }
    return reads
  }

  /** Waits for at least one command, then a moment for the others; for all where one of them was slow before. */
  async function waitFor(
    reads: readonly Promise<void>[],
    commands: readonly PendingCommand[],
  ): Promise<void> {
    const all = Promise.all(reads)
    if (commands.some((command) => wasSlow.has(command))) await all
    if (reads.length === commands.length) await Promise.race(reads)
    const ms = Math.max(slowMs, slowRoundTrips * requests.roundTripMs())
    await withTimeout(platform, ms, all, () => new Error('slow')).catch(() => {})
  }

  return {
    of: (command) => found.get(command),

    async lookUp(view, commands) {
      const keyed = commands.filter(({ identity }) => identity !== undefined)
      const reads = searchAll(view, keyed)
      if (reads.length > 0) await waitFor(reads, commands)
      const slow = keyed.filter((command) => !found.has(command))
      const unverified = keyed.filter((command) => found.get(command) === 'unverified')
      const othersWait =
        slow.length + unverified.length < commands.length &&
        !unverified.some((command) => wasSlow.has(command))
      if (othersWait) slow.push(...unverified)
      for (const command of slow) wasSlow.add(command)
      if (unverified.length === 0 || othersWait) return { view, slow }
      const read = await readPeriod(definition, view, run, (fromRevision, limit) =>
        recovery.commits(run.entity, { fromRevision, limit }, run),
      )
      await Promise.all(searchAll(read.view, unverified))
      if (read.failure !== undefined) {
        for (const each of unverified) if (found.get(each) === 'unverified') found.set(each, read.failure)
      }
      return { view: read.view, slow }
    },
  }
}

/** What is recorded of a command by a view. Without a promise where nothing has to be read. */
function search(shared: Shared, run: Run, view: View, command: PendingCommand): Recorded | Promise<Recorded> {
  const { identity, dedupe } = command
  if (identity === undefined) return undefined
  const { recent } = view
  const revisions = new Set<number>()
  for (const { receipt, revision } of findRecent(recent, identity.hashes)) {
    if (receipt === undefined) revisions.add(revision)
    else if (identity.owns(receipt)) return { receipt, revision }
  }
  const mayBeKept = dedupe === 'always' && recent.dropped !== undefined
  if (revisions.size > 0 || (mayBeKept && notKept.get(command) !== recent.dropped))
    return read(shared, run, view, command, identity, revisions)
  return mayBeKept ? undefined : ruledOut(shared, view)
}

/** The answer for an id that a view does not know: unused, unless the view may have forgotten it. */
function ruledOut({ definition, platform }: Shared, { recent }: View): 'unverified' | undefined {
  if (recent.dropped === undefined) return undefined
  return knowsPeriod(definition, recent, platform.now()) ? undefined : 'unverified'
}

/** Reads the commits at `revisions`, whose ids look like the command's; then the ids that the journal keeps apart. */
async function read(
  shared: Shared,
  run: Run,
  view: View,
  command: PendingCommand,
  identity: CommandIdentity,
  revisions: ReadonlySet<number>,
): Promise<Recorded> {
  const { dedupe } = command
  try {
    for (const revision of revisions) {
      const receipt = await receiptAt(shared, run, revision, identity)
      if (receipt !== undefined) return receipt
    }
    const { dropped } = view.recent
    if (dedupe !== 'always' || dropped === undefined) return ruledOut(shared, view)
    const receipt = await findKeptId(shared, run, identity)
    if (receipt === undefined) notKept.set(command, dropped)
    return receipt
  } catch (error) {
    return asTailfoldError('find a command id', error)
  }
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

/** Looks among the ids that the journal keeps for `dedupe: 'always'`. */
async function findKeptId(
  shared: Shared,
  run: Run,
  identity: CommandIdentity,
): Promise<FoundReceipt | undefined> {
  const { journal, requests } = shared
  const ask = (itemId: string) =>
    requests.repeat(run, () =>
      requests.send('find a command id', run, async (request) =>
        journal.findCommandId?.(run.entity, itemId, request),
      ),
    )
  for (const revision of await Promise.all(identity.itemIds.map(ask))) {
    const receipt = revision === undefined ? undefined : await receiptAt(shared, run, revision, identity)
    if (receipt !== undefined) return receipt
  }
  return undefined
}
