import { KeyValueJournal, memoryStore } from 'tailfold'
import { type App, createApp, type RequestFailure } from 'tailfold/http'
import { account } from '../../helpers/http-account.ts'
import { admit } from './admission.ts'
import { maxBodyBytes } from './bodies.ts'
import { diary } from './diary.ts'
import { knownOrigin } from './headers.ts'

/** Two processes that serve the same journal, and all that happens to it. */
export interface World {
  readonly apps: readonly [App, App]
  readonly journal: KeyValueJournal
  /** Key of every commit written, in order. */
  readonly written: readonly string[]
  readonly failures: readonly RequestFailure[]
}

export const entities = [account, diary] as const

export function openWorld(): World {
  const memory = memoryStore()
  const written: string[] = []
  const failures: RequestFailure[] = []
  const journal = new KeyValueJournal({
    ...memory,
    async append(key, revision, record) {
      const result = await memory.append(key, revision, record)
      if (result.kind === 'appended') written.push(key)
      return result
    },
  })
  const open = (): App =>
    createApp({
      journal,
      entities,
      limits: { maxBodyBytes },
      cors: { origins: [knownOrigin], credentials: true },
      authorize: ({ headers }, _target, action) =>
        admit(headers, action.kind === 'command' ? action.command : undefined),
      onError: (failure) => failures.push(failure),
    })
  return { apps: [open(), open()], journal, written, failures }
}
