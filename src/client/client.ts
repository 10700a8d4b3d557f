import type { TypedMessage } from '../core/entity/message.ts'
import type { App } from '../http/app.ts'
import type { Answer } from './answer.ts'
import { check, unexpectedAnswer } from './errors.ts'
import type { CallOptions, ClientOptions, CommandOptions, EventsOptions, ListOptions } from './options.ts'
import { pages, queryText } from './pages.ts'
import { timeText } from './past.ts'
import { type Send, sender } from './send.ts'
import type { Client, EntityClient, PastState, ReadState } from './types.ts'

type AnyEntityClient = EntityClient<unknown, TypedMessage, TypedMessage>

/**
 * Makes a client of an app, typed by it: `client<typeof app>({ baseUrl: 'https://bank.example' })`. The type is all it
 * needs from the server: import it with `import type`. Throws `TypeError` on options that cannot work.
 */
export function client<Served extends Pick<App, 'entities'>>(options: ClientOptions): Client<Served> {
  const send = sender(options)
  const entities = new Proxy(Object.create(null) as object, {
    // Printing or awaiting a client reads symbols and `then`; they name no entity.
    get: (_target, entityType) =>
      typeof entityType === 'symbol' || entityType === 'then' ? undefined : typeClient(send, entityType),
  })
  return entities as Client<Served>
}

function typeClient(send: Send, entityType: string) {
  const path = `/${segment(entityType)}`
  return Object.assign((entityId: string) => entityClient(send, `${path}/${segment(entityId)}`), {
    list: (options: ListOptions = {}) => pages(send, path, 'ids', options),
  })
}

function entityClient(send: Send, path: string): AnyEntityClient {
  async function ask({ type, ...fields }: TypedMessage, options: CommandOptions = {}): Promise<unknown> {
    const { idempotencyKey: key = newKey(), ifMatch, ...call } = options
    check(
      key === false || (typeof key === 'string' && /^[!-}][!-~]{0,255}$/.test(key)),
      'idempotencyKey must be visible ASCII, not `~` first.',
    )
    check(ifMatch === undefined || /^(\d+|\*)$/.test(`${ifMatch}`), "ifMatch must be a revision or '*'.")
    const headers = {
      ...(key && { 'idempotency-key': key }),
      ...(ifMatch !== undefined && { 'if-match': ifMatch === '*' ? ifMatch : `"${ifMatch}"` }),
    }
    return (await send(`${path}/${segment(type)}`, call, headers, { fields, key })).value
  }

  async function get({ at, revision, sequenceNr, ...call }: PastState & CallOptions = {}): Promise<Answer> {
    const time = at === undefined ? at : timeText(at)
    return send(path + queryText({ at: time, revision, sequenceNr }), call)
  }

  async function read(options?: PastState & CallOptions): Promise<ReadState<unknown>> {
    const { value, revision } = await get(options)
    if (revision >= 0) return { state: value, revision }
    throw unexpectedAnswer(path, 'no ETag; across origins the app must expose it')
  }

  return {
    ask: ask as AnyEntityClient['ask'],
    tell: async (command, options) => void (await ask(command, options)),
    state: async (options) => (await get(options)).value,
    read,
    events: (options: EventsOptions = {}) =>
      pages(send, `${path}/events`, 'events', { after: 0, ...options }),
  }
}

/** A name as a segment of a path. A URL cannot hold `.` and `..`: they mean another path. */
export function segment(name: string): string {
  check(!!name && !/^\.\.?$|\p{Surrogate}/u.test(name), `No id in a URL can be ${JSON.stringify(name)}.`)
  return encodeURIComponent(name)
}

/** 128 random bits. `crypto.randomUUID` is missing from pages that do not come over HTTPS. */
function newKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-')
}
