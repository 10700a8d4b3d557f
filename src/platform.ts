import { base64url, sha256 } from '#bytes'
import type { AsyncContext, Platform, RunInContext } from './core/base/platform.ts'
import { timersOf } from './timers.ts'

/** Twelve random bytes are sixteen characters of base64url. */
const idBytes = 12
const idLength = 16
const idsInDraw = 64
let drawnIds = ''

/** Ids are cut from one text: drawing random bytes for each alone costs more than all else a warm command does here. */
function newId(): string {
  if (drawnIds === '') {
    const bytes = globalThis.crypto.getRandomValues(new Uint8Array(idBytes * idsInDraw))
    drawnIds = base64url(bytes)
  }
  const id = drawnIds.slice(0, idLength)
  drawnIds = drawnIds.slice(idLength)
  return id
}

/** The part of `node:async_hooks` that is used. */
interface AsyncHooks {
  readonly AsyncLocalStorage: {
    new <Value>(): { getStore(): Value | undefined; run<Result>(value: Value, run: () => Result): Result }
  }
  readonly AsyncResource: new (type: string) => { runInAsyncScope<Result>(run: () => Result): Result }
}

/** Absent in runtimes that offer no such function; user code then runs without its caller's async context. */
const getBuiltinModule = globalThis.process?.getBuiltinModule as
  | ((name: string) => AsyncHooks | undefined)
  | undefined
const asyncHooks = getBuiltinModule?.('node:async_hooks')

/** Runs something in the async context of no request. */
const outsideOfRequests = asyncHooks && new asyncHooks.AsyncResource('tailfold.Timers')
const outside: RunInContext | undefined =
  outsideOfRequests && ((run) => outsideOfRequests.runInAsyncScope(run))

/** The real clock, randomness and async context: the one place that reads them. */
export const systemPlatform: Platform = {
  now: () => Date.now(),
  schedule: timersOf(outside),
  random: () => Math.random(),
  newId,
  sha256,
  ...(asyncHooks && {
    captureContext(): RunInContext {
      // `AsyncLocalStorage.snapshot()` does the same at a hundred times the cost: 8 microseconds.
      const resource = new asyncHooks.AsyncResource('tailfold.Command')
      return (run) => resource.runInAsyncScope(run)
    },
    createContext<Value>(): AsyncContext<Value> {
      const storage = new asyncHooks.AsyncLocalStorage<Value>()
      return { get: () => storage.getStore(), run: (value, run) => storage.run(value, run) }
    },
  }),
}
