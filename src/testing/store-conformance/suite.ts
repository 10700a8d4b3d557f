import type { Store } from '../../journal/store.ts'
import { appendCases, previousHashCases } from './append-cases.ts'
import { changesCases } from './changes-cases.ts'
import { commandIdCases } from './command-id-cases.ts'
import { costCases } from './cost-cases.ts'
import { journalCases } from './journal-cases.ts'
import { keyCases } from './key-cases.ts'
import type { Check } from './probe.ts'
import { readCases } from './read-cases.ts'
import { signalCases } from './signal-cases.ts'
import { snapshotCases, snapshotOrderCases } from './snapshot-cases.ts'

/** A store that a case uses, and how to let go of it. */
export interface OpenedStore {
  readonly store: Store
  /** Called when the case is over, however it ended. */
  readonly close?: () => void | Promise<void>
}

/** What the suite needs to know of a store. */
export interface StoreConformanceOptions {
  /**
   * Opens a connection to the store, once or twice a case. All must lead to one database: some cases write over one
   * connection and read over the other, as two processes do. Every case uses keys of its own.
   */
  readonly open: () => Promise<OpenedStore>
  /**
   * Only for a store that cannot compare and replace a snapshot in one statement: the reason, as the contract allows
   * such a store to keep the last one written. The cases about the order of snapshots then carry it as `skip`.
   */
  readonly lastSnapshotWins?: string
  /** Only for a store that does not compare `previousHash`: the reason. A restored database is then noticed later. */
  readonly ignoresPreviousHash?: string
  /** Only for a store without `findCommandId`: the reason. Entities with `dedupe: 'always'` cannot use it. */
  readonly withoutCommandIds?: string
  /** Only for a store without `keys`: the reason. Its entities cannot be listed. */
  readonly withoutKeys?: string
  /**
   * Opens a new, empty database of the same kind, as after a loss: cursors of the first must not work on it. Needed by
   * stores with `changes`.
   */
  readonly openEmpty?: () => Promise<OpenedStore>
  /** Only for a store without `changes`: the reason. Consumers then need another feed. */
  readonly withoutChanges?: string
}

/** One rule of the store contract. */
export interface ConformanceCase {
  /** The rule as a sentence; stable, so that a report can be compared with an earlier one. */
  readonly name: string
  /** Why the rule is not asked of this store; show it, do not drop the case silently. */
  readonly skip: string | undefined
  /** Opens a store and checks the rule. Rejects with an Error that says what was expected and what happened. */
  run(): Promise<void>
}

const alwaysRun = {
  ...appendCases,
  ...readCases,
  ...snapshotCases,
  ...signalCases,
  ...costCases,
  ...journalCases,
}

/**
 * Every rule of the store contract as a list of cases, for any test runner. Passing is what makes a store fit for
 * Tailfold; what only faults show (durability, and what an error says) needs tests of its own. Shape:
 *
 *     for (const { name, skip, run } of storeConformance({ open })) test(name, { skip: skip !== undefined }, run)
 */
export function storeConformance(options: StoreConformanceOptions): readonly ConformanceCase[] {
  const cases = (checks: Readonly<Record<string, Check>>, skip: string | undefined): ConformanceCase[] =>
    Object.entries(checks).map(([name, check]) => ({
      name,
      skip,
      run: () => runCase(options, check),
    }))
  return [
    ...cases(alwaysRun, undefined),
    ...cases(snapshotOrderCases, options.lastSnapshotWins),
    ...cases(previousHashCases, options.ignoresPreviousHash),
    ...cases(commandIdCases, options.withoutCommandIds),
    ...cases(keyCases, options.withoutKeys),
    ...cases(changesCases, options.withoutChanges),
  ]
}

async function runCase({ open, openEmpty }: StoreConformanceOptions, check: Check): Promise<void> {
  const opened: OpenedStore[] = []
  const connect = async (how = open) => {
    const next = await how()
    opened.push(next)
    return next.store
  }
  const anotherDatabase = async () => {
    if (openEmpty === undefined) throw new Error('storeConformance needs openEmpty for a store with changes')
    return connect(openEmpty)
  }
  try {
    const newKey = () => `conformance/${globalThis.crypto.randomUUID()}`
    await check({ store: await connect(), another: async () => connect(), anotherDatabase, newKey })
  } finally {
    for (const { close } of opened) await close?.()
  }
}
