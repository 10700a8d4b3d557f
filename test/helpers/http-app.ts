import { KeyValueJournal, memoryStore, type Store } from 'tailfold'
import { type App, type AppOptions, createApp, type RequestFailure, type ServedEntity } from 'tailfold/http'
import { account, counter } from './http-account.ts'

/** An app on a store in memory, with what a test wants to know of it. */
export interface TestApp {
  readonly app: App
  readonly store: Store
  readonly journal: KeyValueJournal
  readonly failures: readonly RequestFailure[]
  /** Commits written so far. */
  writes(): number
}

/** Opens an app; by default with the entities `account` and `counter`. */
export function openApp(
  options: Partial<AppOptions<readonly ServedEntity[]>> = {},
  wrap: (store: Store) => Store = (store) => store,
): TestApp {
  const memory = memoryStore()
  let writes = 0
  const store = wrap({
    ...memory,
    async append(...args) {
      const result = await memory.append(...args)
      if (result.kind === 'appended') writes += 1
      return result
    },
  })
  const journal = new KeyValueJournal(store)
  const failures: RequestFailure[] = []
  const app = createApp({
    journal,
    entities: [account, counter],
    authorize: 'everybody',
    onWarning: () => {},
    ...options,
    onError: (failure) => failures.push(failure),
  })
  return { app, store, journal, failures, writes: () => writes }
}
