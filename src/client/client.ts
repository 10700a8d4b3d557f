import type { TypedMessage } from '../core/entity/message.ts'
import type { App } from '../http/app.ts'
import type { AuditPage } from '../http/routes/events.ts'
import type { Answer } from './attempt.ts'
import type { CallOptions, ClientOptions, CommandOptions, EventsOptions } from './options.ts'
import { type Send, sender } from './send.ts'
import type { Client, EntityClient, PastState, ReadState } from './types.ts'

type AnyEntityClient = EntityClient<unknown, TypedMessage, TypedMessage>

/**
 * Makes a client of an app, typed by it: `client<typeof app>({ baseUrl: 'https://bank.example' })`. The type is all it
 * takes from the server: import it with `import type`.
 */
export function client<Served extends Pick<App, 'entities'>>(options: ClientOptions): Client<Served> {
  const send = sender(options)
  const entities = new Proxy(Object.create(null) as object, {
    // Symbols and `then` are asked for by whoever prints or awaits a client, and name no entity.
    get: (_target, entityType) =>
      typeof entityType === 'symbol' || entityType === 'then'
        ? undefined
        : (entityId: string) => entityClient(send, entityType, entityId),
  })
  return entities as Client<Served>
}

function entityClient(send: Send, entityType: string, entityId: string): AnyEntityClient {
  if (['', '.', '..'].includes(entityId)) {
    throw new TypeError(`No URL can name an entity with the id ${JSON.stringify(entityId)}.`)
  }
  const path = `/${entityType}/${encodeURIComponent(entityId)}`

  async function ask(
    { type, ...fields }: TypedMessage,
    { idempotencyKey: key = newKey(), ifMatch, ...call }: CommandOptions = {},
  ): Promise<unknown> {
    if (key !== false && !/^[!-~]{1,256}$/.test(key)) {
      throw new TypeError('idempotencyKey has 1 to 256 visible ASCII characters.')
    }
    const { value } = await send({
      ...call,
      method: 'POST',
      path: `${path}/${encodeURIComponent(type)}`,
      headers: {
        ...(ifMatch !== undefined && { 'if-match': ifMatch === '*' ? '*' : `"${ifMatch}"` }),
      },
      fields,
      idempotencyKey: key === false ? undefined : key,
    })
    return value
  }

  function get({ at, revision, sequenceNr, ...call }: PastState & CallOptions = {}): Promise<Answer> {
    const query = { at: at && new Date(at).toISOString(), revision, sequenceNr }
    return send({ ...call, method: 'GET', path: path + queryText(query) })
  }

  async function read(options?: PastState & CallOptions): Promise<ReadState<unknown>> {
    const { value, revision } = await get(options)
    if (revision !== undefined) return { state: value, revision }
    throw new TypeError('The answer shows no ETag; across origins the server must expose it.')
  }

  async function* events({ after = 0, pageSize, ...call }: EventsOptions = {}): AsyncGenerator<never, void> {
    for (let next: number | undefined = after; next !== undefined; ) {
      const query = { after: next, limit: pageSize }
      const { value } = await send({ ...call, method: 'GET', path: `${path}/events${queryText(query)}` })
      const page = value as AuditPage
      yield* page.events as never[]
      next = page.next
    }
  }

  return {
    ask: ask as AnyEntityClient['ask'],
    tell: async (command, options) => void (await ask(command, options)),
    state: async (options) => (await get(options)).value,
    read,
    events,
  }
}

function queryText(query: Readonly<Record<string, string | number | undefined>>): string {
  const named = Object.entries(query).filter(([, value]) => value !== undefined)
  return named.length === 0 ? '' : `?${String(new URLSearchParams(named as [string, string][]))}`
}

/** 128 random bits. `crypto.randomUUID` is missing from pages that do not come over HTTPS. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-')
}
