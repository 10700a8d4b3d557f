import { setTimeout as delay } from 'node:timers/promises'
import { storeFailure } from '../../core/base/failures.ts'
import type { StoreRequest } from './database.ts'

/** What is in a database. */
export interface StoreReport {
  /** Whether anything was created there. */
  readonly exists: boolean
  /** `{ server: '18.4', encoding: 'UTF8' }`. */
  readonly settings: Readonly<Record<string, string | number | boolean | undefined>>
  /** Why it holds no journal; completes "The store …". */
  readonly problem: string | undefined
}

/** How one database is created and described. */
export interface Administered {
  /** In words, without a password. */
  readonly where: string
  /** May be called again. */
  create(): Promise<void>
  describe(): Promise<StoreReport>
}

const pauseMs = 250

/** Creates, describes or waits for a store, and prints what is there then. Throws where it is not fit. */
export async function administer(
  { where, create, describe }: Administered,
  { action, json, timeoutSeconds }: StoreRequest,
  print: (text: string) => void,
): Promise<void> {
  if (action === 'create') await create()
  const { exists, settings, problem } =
    action === 'wait' ? await waitFor(describe, timeoutSeconds) : await describe()
  if (json) print(`${JSON.stringify({ where, exists, ...settings, problem })}\n`)
  else if (action === 'describe') print(`${where}\n${linesOf(settings)}`)
  if (problem !== undefined)
    throw storeFailure(action === 'wait' ? 'wait for a store' : `${action} a store`, problem, {
      applied: 'no',
      retryable: false,
    })
  if (!json)
    print(action === 'describe' ? 'Nothing differs from what a journal needs.\n' : `${where} is ready.\n`)
}

/** Asks again while nothing is there; another problem is not cured by waiting. */
async function waitFor(describe: Administered['describe'], timeoutSeconds: number): Promise<StoreReport> {
  const deadline = performance.now() + timeoutSeconds * 1_000
  for (;;) {
    const report = await describe().catch((error: unknown) => {
      if ((error as { retryable?: unknown }).retryable !== true || performance.now() >= deadline) throw error
      return undefined
    })
    if (report !== undefined && (report.exists || performance.now() >= deadline)) return report
    await delay(pauseMs)
  }
}

/** A line for each setting: `  synchronous commit  on`. */
function linesOf(settings: StoreReport['settings']): string {
  const lines = Object.entries(settings).map(([name, value]) => {
    const label = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    return `  ${label.padEnd(22)}  ${String(value ?? 'none')}\n`
  })
  return lines.join('')
}
