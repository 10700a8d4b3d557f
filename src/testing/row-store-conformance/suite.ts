import type { RowStore } from '../../journal/row-store.ts'
import type { ConformanceCase } from '../store-conformance/suite.ts'
import { keepCases } from './keep-cases.ts'
import { pageCases } from './page-cases.ts'
import type { RowCheck } from './probe.ts'
import { queryCases } from './query-cases.ts'
import { writeCases } from './write-cases.ts'

/** A row store that a case uses, and how to let go of it. */
export interface OpenedRowStore {
  readonly rows: RowStore
  /** Called when the case is over, however it ended. */
  readonly close?: () => void | Promise<void>
}

/** What the suite needs to know of a row store. */
export interface RowStoreConformanceOptions {
  /** Opens a connection to the store, once or twice a case. All must lead to one database. */
  readonly open: () => Promise<OpenedRowStore>
}

/**
 * Every rule of the row-store contract as a list of cases, for any test runner. Shape:
 *
 *     for (const { name, run } of rowStoreConformance({ open })) test(name, run)
 */
export function rowStoreConformance(options: RowStoreConformanceOptions): readonly ConformanceCase[] {
  return Object.entries({ ...writeCases, ...keepCases, ...queryCases, ...pageCases }).map(
    ([name, check]) => ({
      name,
      skip: undefined,
      run: () => runCase(options, check),
    }),
  )
}

async function runCase({ open }: RowStoreConformanceOptions, check: RowCheck): Promise<void> {
  const opened: OpenedRowStore[] = []
  const connect = async () => {
    const next = await open()
    opened.push(next)
    return next.rows
  }
  try {
    const mark = `c-${globalThis.crypto.randomUUID()}`
    await check({ rows: await connect(), another: connect, mark })
  } finally {
    for (const { close } of opened) await close?.()
  }
}
