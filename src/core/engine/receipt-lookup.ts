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

/** Finds the receipts of the commands of one run, before they are decided. */
export interface ReceiptLookup {
  /**
   * Looks the commands up. Costs a read for an id of which the view knows the hash only, one for each id with
   * `dedupe: 'always'` that the view does not know (two where it has a principal), and the commits of the period where an
   * id cannot be ruled out without them; the returned view knows the ids of those. Never throws: a failure concerns its
   * command alone.
   *
   * Commands of which it is not found out in a moment are `slow`, once each: the others must not wait for them. Never all
   * commands.
   */
  lookUp(view: View, commands: readonly PendingCommand[]): Promise<LookedUp>
  /** What was found last. */
  of(command: PendingCommand): Recorded
}

/** Starts with nothing looked up. */
export function receiptLookup(shared: Shared, run: Run): ReceiptLookup {
  const { definition, platform, recovery, requests } = shared
  const found = new Map<PendingCommand, Recorded>()

  /** Returns the commands of which it is not known yet. */
  function searchAll(
    view: View,
    commands: readonly PendingCommand[],
  ): ReadonlyMap<PendingCommand, Promise<unknown>> {
    const waiting = new Map<PendingCommand, Promise<unknown>>()
    for (const command of commands) {
      const result = search(shared, run, view, command)
      if (!(result instanceof Promise)) found.set(command, result)
      else {
        const noted = result.then((recorded) => {
          found.set(command, recorded)
          waiting.delete(command)
        })
        waiting.set(command, noted)
      }
    }
    return waiting
  }

  /** Waits for at least one command, then a moment for the others; for all where one of them was slow before. */
  async function slowOf(
    waiting: ReadonlyMap<PendingCommand, Promise<unknown>>,
    commands: readonly PendingCommand[],
  ): Promise<readonly PendingCommand[]> {
    const all = Promise.all(waiting.values())
    const ms = Math.max(slowMs, slowRoundTrips * requests.roundTripMs())
    if (commands.some((command) => wasSlow.has(command))) await all
    if (waiting.size === commands.length) await Promise.race(waiting.values())
    await withTimeout(platform, ms, all, () => new Error('slow')).catch(() => {})
    const slow = [...waiting.keys()]
    for (const command of slow) wasSlow.add(command)
    return slow
  }

  return {
    of: (command) => found.get(command),

    async lookUp(view, commands) {
      const keyed = commands.filter(({ identity }) => identity !== undefined)
      const waiting = searchAll(view, keyed)
      const slow = waiting.size > 0 ? await slowOf(waiting, commands) : []
      const unverified = keyed.filter(
        (command) => found.get(command) === 'unverified' && !waiting.has(command),
      )
      if (unverified.length === 0) return { view, slow }
      const read = await readPeriod(definition, view, run, (fromRevision, limit) =>
        recovery.commits(run.entity, { fromRevision, limit }, run),
      )
      await Promise.all(searchAll(read.view, unverified).values())
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
  if (revisions.size > 0 || (dedupe === 'always' && recent.dropped !== undefined))
    return read(shared, run, view, command, identity, revisions)
  return ruledOut(shared, view)
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
    if (dedupe === 'always' && dropped !== undefined)
      return await keptId(run, dropped, command, () => findKeptId(shared, run, identity))
    return ruledOut(shared, view)
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

/** What is found among the kept ids, and the place from which on a view knew all others. */
interface KeptId {
  /** The run that asked: on Workers, what one request asked for never comes where its answer was sent first. */
  readonly run: Run
  readonly dropped: DroppedCommand
  readonly found: Promise<FoundReceipt | undefined>
}

const keptIds = new WeakMap<PendingCommand, KeptId>()

/**
 * Looks among the kept ids once. What later commits hold, the view learns as it folds them; one that was read again, as
 * after a restore, knows its ids from another place on.
 */
function keptId(
  run: Run,
  dropped: DroppedCommand,
  command: PendingCommand,
  find: () => Promise<FoundReceipt | undefined>,
): Promise<FoundReceipt | undefined> {
  const before = keptIds.get(command)
  if (before?.run === run && before.dropped === dropped) return before.found
  const found = find()
  keptIds.set(command, { run, dropped, found })
  return found
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
