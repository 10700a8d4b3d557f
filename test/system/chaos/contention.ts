import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createEngine, systemPlatform } from 'tailfold'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { type AccountState, account } from '../../../functions/bank/account.ts'
import type { ContentionResult } from '../../helpers/contention.ts'
import { clientOf, type JournalAddress } from './database.ts'

/** What one process is to do. */
export interface ContentionTask {
  readonly address: JournalAddress
  /** Engines in the process, each with a client of its own. */
  readonly writers: number
  /** Of one writer. */
  readonly deposits: number
}

/** How many processes with how many writers contend. */
export interface ContentionOptions {
  readonly address: JournalAddress
  readonly processes: number
  /** Of all processes together. */
  readonly writers: number
  /** Of one writer. */
  readonly deposits: number
}

const program = fileURLToPath(new URL('contention-worker.ts', import.meta.url))

/** Writers in several processes deposit 1 each time into one account, from the same moment on, with warm caches. */
export async function contendAcrossProcesses(options: ContentionOptions): Promise<ContentionResult> {
  const { address, processes, writers, deposits } = options
  const task: ContentionTask = { address, writers: writers / processes, deposits }
  const children = Array.from({ length: processes }, () =>
    fork(program, [JSON.stringify(task)], { execArgv: ['--conditions=tailfold-source'] }),
  )
  try {
    await Promise.all(children.map((child) => once(child, 'message')))
    const results = await Promise.all(
      children.map(async (child) => {
        child.send('go')
        const [result] = (await once(child, 'message')) as [ContentionResult]
        return result
      }),
    )
    const sum = (count: (result: ContentionResult) => number) =>
      results.reduce((total, result) => total + count(result), 0)
    return {
      succeeded: sum(({ succeeded }) => succeeded),
      failed: sum(({ failed }) => failed),
      requests: sum(({ requests }) => requests),
      slowestMs: Math.max(...results.map(({ slowestMs }) => slowestMs)),
      balance: await balanceOf(address),
    }
  } finally {
    for (const child of children) child.kill()
  }
}

/** One line a person can read. */
export function describeContention(
  { processes, writers, deposits }: Omit<ContentionOptions, 'address'>,
  { succeeded, failed, requests, slowestMs }: ContentionResult,
): string {
  return `${writers} writers × ${deposits} deposits in ${processes} processes: ${succeeded} succeeded, ${failed} failed, ${(requests / succeeded).toFixed(2)} requests per success, slowest ${Math.round(slowestMs)} ms`
}

async function balanceOf(address: JournalAddress): Promise<number> {
  const client = clientOf(address)
  const journal = dynamoDbJournal({ client, tableName: address.tableName })
  const { state } = await createEngine(account, { journal, platform: systemPlatform }).read('hot')
  client.destroy()
  return (state as AccountState).balance
}
