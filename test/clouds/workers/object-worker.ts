import { type Store, type StoredRecord, TailfoldError } from 'tailfold'
import {
  type DurableObjectNamespace,
  type DurableObjectStorage,
  durableObjectStore,
} from 'tailfold/cloudflare'
import { answerSuite } from './suite-in-worker.ts'

interface State {
  readonly storage: DurableObjectStorage
}

interface Env {
  readonly OBJECTS: DurableObjectNamespace
}

const methods = ['append', 'changes'] as const

/** The store of another object, which has a database of its own. */
function distantStore(object: ReturnType<DurableObjectNamespace['get']>): Store {
  const call = async (method: string, args: readonly unknown[]) => {
    const body = JSON.stringify([method, args])
    const answer = await object.fetch(new Request('http://object/?feed', { method: 'POST', body }))
    const { value, lost } = (await answer.json()) as { value?: unknown; lost?: string }
    if (lost !== undefined) throw new TailfoldError('feed-lost', lost, { problem: lost })
    return value
  }
  const entries = methods.map((method) => [method, (...args: unknown[]) => call(method, args)])
  return Object.fromEntries(entries) as Store
}

async function answerCall(store: Store, request: Request): Promise<Response> {
  const [method, args] = (await request.json()) as [(typeof methods)[number], [string, number, StoredRecord]]
  const calls = { append: store.append, changes: async () => store.changes?.(args[0] ?? undefined, args[1]) }
  return calls[method](...args).then(
    (value) => Response.json({ value }),
    (error: unknown) => Response.json({ lost: String(error) }),
  )
}

/** Runs the suite inside one object. */
export class Suite {
  readonly #storage: DurableObjectStorage
  readonly #env: Env

  constructor({ storage }: State, env: Env) {
    this.#storage = storage
    this.#env = env
  }

  async fetch(request: Request): Promise<Response> {
    const storage = this.#storage
    const feed = new URL(request.url).searchParams.has('feed')
    const open = async () => ({ store: durableObjectStore({ storage, feed }) })
    if (request.method === 'POST') return answerCall((await open()).store, request)
    const another = this.#env.OBJECTS.get(this.#env.OBJECTS.idFromName(crypto.randomUUID()))
    const openEmpty = async () => ({ store: distantStore(another) })
    return answerSuite(
      {
        open,
        withoutKeys: 'an object knows only its own entity',
        ...(feed ? { openEmpty } : { withoutChanges: 'tables without a feed are cheaper' }),
      },
      request,
    )
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const name = new URL(request.url).searchParams.has('feed') ? 'feed' : 'plain'
    return env.OBJECTS.get(env.OBJECTS.idFromName(name)).fetch(request)
  },
}
