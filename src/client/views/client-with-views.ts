import type { App } from '../../http/app.ts'
import type { Answer } from '../answer.ts'
import { client, segment } from '../client.ts'
import { check, isClientError } from '../errors.ts'
import type { ClientOptions } from '../options.ts'
import { pages, queryText } from '../pages.ts'
import { type Send, sender } from '../send.ts'
import { type OwnWrites, ownWrites } from './own-writes.ts'
import type { ClientWithViews, IndexQueryOptions, IndexValue, RowOptions } from './types.ts'

/**
 * Makes a client of an app and its views, typed by it: `clientWithViews<typeof app>({ baseUrl })`. Rows include what this
 * client wrote within the last minute, to at most 10 entities. Throws `TypeError` as `client` does.
 */
export function clientWithViews<Served extends Pick<App, 'entities' | 'views'>>(
  options: ClientOptions,
): ClientWithViews<Served> {
  const writes = ownWrites(options)
  const own = { ...options, fetch: writes.fetch }
  const send = sender(own)
  const views = byName((name) => viewClient(send, `/views/${segment(name)}`, writes.headers))
  const entities = client<Served>(own)
  const both = new Proxy(entities, {
    get: (target, name) => (name === 'views' ? views : (Reflect.get(target, name) as unknown)),
  })
  return both as ClientWithViews<Served>
}

function viewClient(send: Send, path: string, headers: OwnWrites['headers']): object {
  async function get(id: string, { type, onLag, ...call }: RowOptions = {}): Promise<unknown> {
    const place = `${path}/${segment(id)}${queryText({ type })}`
    try {
      const answer = await send(place, call, headers())
      tellLag(answer, onLag)
      return answer.value
    } catch (error) {
      if (isClientError(error, 'row-not-found')) return undefined
      throw error
    }
  }

  return byName((index) => {
    if (index === 'get') return get
    return (value: IndexValue, { from, to, order, onLag, ...paging }: IndexQueryOptions = {}) => {
      const query = { index, value: textOf(value), from: bound(from), to: bound(to), order }
      const onAnswer = (answer: Answer) => tellLag(answer, onLag)
      return pages(send, path, 'rows', paging, { query, headers: headers(), onAnswer })
    }
  })
}

function tellLag({ headers }: Answer, onLag: RowOptions['onLag']): void {
  const lag = headers.get('x-view-lag-ms')
  if (lag !== null) onLag?.(Number(lag))
}

/** Makes what is read by name. Printing or awaiting it reads symbols and `then`, which name nothing. */
function byName(make: (name: string) => object): object {
  return new Proxy(Object.create(null) as object, {
    get: (_target, name) => (typeof name === 'symbol' || name === 'then' ? undefined : make(name)),
  })
}

/** A value as a query holds it: JSON, so that the text `'5'` is not the number. */
function textOf(value: IndexValue): string {
  const text = JSON.stringify(value)
  check(/^["\dtf-]/.test(text), 'A value of an index must be text, a finite number, a boolean or a Date.')
  return text
}

function bound(value: IndexValue | undefined): string | undefined {
  return value === undefined ? value : textOf(value)
}
