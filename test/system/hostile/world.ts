import { KeyValueJournal, memoryStore, type Store } from 'tailfold'
import { type App, type AppOptions, createApp, type RequestFailure, type ServedEntity } from 'tailfold/http'
import { openApi } from 'tailfold/openapi'
import { account } from '../../helpers/http-account.ts'
import { authorize, honestTenant } from './admission.ts'
import { maxBodyBytes } from './bodies.ts'
import { diary } from './diary.ts'
import { knownOrigin } from './headers.ts'

/** Two processes that serve the same journal, and all that happens to it. */
export interface World {
  readonly apps: readonly [App, App]
  readonly journal: KeyValueJournal
  /** Key of every commit written, in order; those of the honest caller left out. */
  readonly written: readonly string[]
  readonly failures: readonly RequestFailure[]
  /** Requests to the store so far. */
  readonly storeRequests: () => number
}

/** Breaks an app, so that an attack has something to find. */
export interface Patch {
  readonly options?: (own: AppOptions<readonly ServedEntity[]>) => AppOptions<readonly ServedEntity[]>
  readonly app?: (app: App, journal: KeyValueJournal) => App
}

export const entities = [account, diary] as const

/** Small, so that requests get beyond them. */
export const limits = { maxBodyBytes, maxAnswerBytes: 12_000, maxPageBytes: 6_000, maxEventPage: 50 } as const

export function openWorld({ options = (own) => own, app: patched = (app) => app }: Patch = {}): World {
  let requests = 0
  const memory = counted(memoryStore(), () => {
    requests += 1
  })
  const written: string[] = []
  const failures: RequestFailure[] = []
  const journal = new KeyValueJournal({
    ...memory,
    async append(key, revision, record) {
      const result = await memory.append(key, revision, record)
      if (result.kind === 'appended' && !key.startsWith(`~${honestTenant}/`)) written.push(key)
      return result
    },
  })
  const open = (): App =>
    patched(
      createApp(
        options({
          journal,
          entities,
          limits,
          openapi: openApi({ title: 'Diaries', version: '1' }),
          cors: { origins: [knownOrigin], credentials: true },
          authorize: ({ headers }, _target, action) =>
            authorize(headers, action.kind === 'command' ? action.command : undefined),
          onError: (failure) => failures.push(failure),
        }),
      ),
      journal,
    )
  return { apps: [open(), open()], journal, written, failures, storeRequests: () => requests }
}

/** A store that says when it is asked. */
function counted(store: Store, asked: () => void): Store {
  const entries = Object.entries(store).map(([name, member]: [string, unknown]) => {
    // The size of a record is computed, not asked for.
    if (typeof member !== 'function' || name === 'recordBytes') return [name, member]
    return [
      name,
      (...args: readonly unknown[]) => {
        asked()
        return (member as (...args: readonly unknown[]) => unknown)(...args)
      },
    ]
  })
  return Object.fromEntries(entries) as Store
}
