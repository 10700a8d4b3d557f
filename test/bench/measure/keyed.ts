import { type Client, client, type Fetch } from '../../../src/client/index.ts'
import { createApp } from '../../../src/http/index.ts'
import { createEngine, systemPlatform } from '../../../src/index.ts'
import { keyValueJournal } from '../../../src/journal/index.ts'
import { fetchHandler } from '../../../src/runtimes/fetch/index.ts'
import { accountEntity } from '../contenders/tailfold.ts'
import { count } from '../counts.ts'
import { progress } from './database.ts'
import { type DistantStore, distantStore } from './simulated-network.ts'

/** How keyed commands on one hot entity end when answers get lost on their way to the typed client. */
export interface KeyedRow {
  readonly workers: number
  /** Processes that serve the app; requests go to them in turns. */
  readonly processes: number
  readonly deposits: number
  /** Deposits whose worker learned that it was carried out. */
  readonly told: number
  readonly balance: number
  /** Answers that were lost: each command is sent again under its key. */
  readonly lostAnswers: number
  /** Requests to the store for each deposit. */
  readonly requestsPerCommand: number
  /** Reads of the commits of the period, to rule out a repeat. */
  readonly periodReads: number
  /** Attempts that could not be verified in time and were sent again. */
  readonly unverified: number
}

const depositsEach = count(100, 10)
const lostEvery = count(50, 5)

/** Serves one app by so many processes over one store; counts what their observers learn. */
function serve(processes: number, { store }: DistantStore) {
  const counted = { periodReads: 0, unverified: 0, lostAnswers: 0 }
  const apps = Array.from({ length: processes }, () =>
    createApp({
      journal: keyValueJournal(store),
      entities: [accountEntity()],
      authorize: () => 'anonymous',
      onWarning: progress,
      observers: [
        () =>
          ({ periodReads, outcome }) => {
            counted.periodReads += periodReads
            if (outcome === 'command-id-unverified') counted.unverified += 1
          },
      ],
    }),
  )
  const handlers = apps.map((app) => fetchHandler(app))
  let sent = 0
  const losingFetch: Fetch = async (url, { method, headers, body }) => {
    sent += 1
    const lost = sent % lostEvery === 0
    const handler = handlers[sent % processes]
    if (handler === undefined) throw new TypeError('an app needs at least one process')
    const answer = await handler(new Request(url, { method, headers, ...(body && { body }) }))
    if (!lost) return answer
    counted.lostAnswers += 1
    throw new TypeError('fetch failed')
  }
  const bank: Client<(typeof apps)[number]> = client({ baseUrl: 'http://bank', fetch: losingFetch })
  return { bank, counted }
}

/** Lets so many workers deposit into one account, each one deposit after the other. */
export async function measureKeyed(workers: number, processes: number): Promise<KeyedRow> {
  const distant = distantStore()
  const { bank, counted } = serve(processes, distant)
  let told = 0
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (let n = 0; n < depositsEach; n++) {
        await bank.account('hot').tell({ type: 'Deposit', amount: 1 })
        told += 1
      }
    }),
  )
  const deposits = workers * depositsEach
  const requestsPerCommand = distant.total().requests / deposits
  const reader = createEngine(accountEntity(), {
    journal: keyValueJournal(distant.store),
    platform: systemPlatform,
  })
  const { balance } = (await reader.read('hot')).state as { balance: number }
  return { workers, processes, deposits, told, balance, ...counted, requestsPerCommand }
}
