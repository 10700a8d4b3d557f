import type { TailfoldError } from '../base/errors.ts'
import { findRecent } from '../journal/recent-commands.ts'
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

/** Finds the receipts of the commands of one run, before they are decided. */
export interface ReceiptLookup {
  /**
   * Looks the commands up. Costs a read for an id of which the view knows the hash only, one for each id with
   * `dedupe: 'always'` that the view does not know, and the commits of the period where an id cannot be ruled out
   * without them; the returned view knows the ids of those. Never throws: a failure concerns its command alone.
   */
  lookUp(view: View, commands: readonly PendingCommand[]): Promise<View>
  /** What was found last. */
  of(command: PendingCommand): Recorded
}

/** Starts with nothing looked up. */
export function receiptLookup(shared: Shared, run: Run): ReceiptLookup {
  const { definition, journal, platform, requests, recovery } = shared
  const { entity } = run
  const found = new Map<PendingCommand, Recorded>()

  async function receiptAt(revision: number, identity: CommandIdentity): Promise<FoundReceipt | undefined> {
    const commit = await recovery.commit(entity, revision, run)
    const receipt = commit?.receipts.find((candidate) => identity.owns(candidate))
    return receipt && { receipt, revision }
  }

  async function findKeptId(identity: CommandIdentity): Promise<FoundReceipt | undefined> {
    for (const itemId of identity.itemIds) {
      const revision = await requests.repeat(run, () =>
        requests.send('find a command id', run, async (request) =>
          journal.findCommandId?.(entity, itemId, request),
        ),
      )
      const receipt = revision === undefined ? undefined : await receiptAt(revision, identity)
      if (receipt !== undefined) return receipt
    }
    return undefined
  }

  async function read(
    { recent }: View,
    { dedupe }: PendingCommand,
    identity: CommandIdentity,
    revisions: ReadonlySet<number>,
  ): Promise<Recorded> {
    try {
      for (const revision of revisions) {
        const receipt = await receiptAt(revision, identity)
        if (receipt !== undefined) return receipt
      }
      if (recent.dropped === undefined) return undefined
      if (dedupe === 'always') return await findKeptId(identity)
      return knowsPeriod(definition, recent, platform.now()) ? undefined : 'unverified'
    } catch (error) {
      return asTailfoldError('find a command id', error)
    }
  }

  /** Without a promise where nothing has to be read. */
  function search(view: View, command: PendingCommand): Recorded | Promise<Recorded> {
    const { identity, dedupe } = command
    if (identity === undefined) return undefined
    const { recent } = view
    const revisions = new Set<number>()
    for (const { receipt, revision } of findRecent(recent, identity.hashes)) {
      if (receipt === undefined) revisions.add(revision)
      else if (identity.owns(receipt)) return { receipt, revision }
    }
    if (revisions.size > 0) return read(view, command, identity, revisions)
    if (recent.dropped === undefined) return undefined
    if (dedupe === 'always') return read(view, command, identity, revisions)
    return knowsPeriod(definition, recent, platform.now()) ? undefined : 'unverified'
  }

  async function searchAll(view: View, commands: readonly PendingCommand[]): Promise<void> {
    const reads: Promise<unknown>[] = []
    for (const command of commands) {
      const result = search(view, command)
      if (result instanceof Promise) reads.push(result.then((recorded) => found.set(command, recorded)))
      else found.set(command, result)
    }
    if (reads.length > 0) await Promise.all(reads)
  }

  return {
    of: (command) => found.get(command),

    async lookUp(view, commands) {
      const keyed = commands.filter(({ identity }) => identity !== undefined)
      await searchAll(view, keyed)
      const unverified = keyed.filter((command) => found.get(command) === 'unverified')
      if (unverified.length === 0) return view
      const read = await readPeriod(definition, view, run, (fromRevision, limit) =>
        recovery.commits(entity, { fromRevision, limit }, run),
      )
      await searchAll(read.view, unverified)
      if (read.failure !== undefined) {
        for (const each of unverified) if (found.get(each) === 'unverified') found.set(each, read.failure)
      }
      return read.view
    },
  }
}
