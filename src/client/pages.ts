import type { Answer } from './answer.ts'
import { unexpectedAnswer } from './errors.ts'
import type { CallOptions } from './options.ts'
import type { Send } from './send.ts'

/** Which pages to read: those after `after`, of `pageSize` items each. */
interface PageOptions extends CallOptions {
  readonly after?: number | string | undefined
  readonly pageSize?: number | undefined
}

/** What every page is asked with. */
interface Paging {
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: QueryValues
  /** Called with the answer of each page. */
  readonly onAnswer?: ((answer: Answer) => void) | undefined
}

/** Query parameters; one that is undefined is left out. */
type QueryValues = Readonly<Record<string, string | number | undefined>>

/** Yields the items of all pages; a page is fetched when it is reached. Throws on a page that leads back. */
export async function* pages(
  send: Send,
  path: string,
  field: 'events' | 'ids' | 'rows',
  { after, pageSize, ...call }: PageOptions,
  { query, headers, onAnswer }: Paging = {},
): AsyncGenerator<never, void> {
  const seen = new Set<unknown>()
  for (let at = after; ; ) {
    seen.add(at)
    const place = path + queryText({ ...query, after: at, limit: pageSize })
    const answer = await send(place, call, headers)
    const { value } = answer
    const { [field]: items, next } = (value ?? {}) as { [name: string]: unknown; next?: typeof at }
    const leadsBack =
      next !== undefined && (seen.has(next) || (typeof at === 'number' && (next as number) <= at))
    if (!Array.isArray(items) || leadsBack) {
      throw unexpectedAnswer(place, 'no list, or a page that leads back')
    }
    onAnswer?.(answer)
    yield* items as never[]
    if (next === undefined) return
    at = next
  }
}

/** The parameters that have a value, as a query with its `?`; empty without any. */
export function queryText(query: QueryValues): string {
  // JSON leaves out what is undefined.
  const text = String(new URLSearchParams(JSON.parse(JSON.stringify(query)) as Record<string, string>))
  return text && `?${text}`
}
