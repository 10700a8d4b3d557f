import type { ClientOptions, Fetch } from '../options.ts'

/** Most entities that are kept: each may cost an answer one more read. */
const mostEntities = 10
/** After this long a row includes a write without being asked to. */
const keptMs = 60_000

/** The newest commits that a client's commands led to. */
export interface OwnWrites {
  /** Sends a request, and keeps the position of a command's answer. */
  readonly fetch: Fetch
  /** The header by which a query includes them; none without commits. */
  headers(): Readonly<Record<string, string>>
}

/** Keeps the position of each command that is answered: its entity, and the revision in its `ETag`. */
export function ownWrites({
  baseUrl,
  fetch: send = (url, init) => fetch(url, init),
}: ClientOptions): OwnWrites {
  // Whether it is a text is checked where requests are sent.
  const start = `${baseUrl}`.replace(/\/+$/, '').length
  /** Revision and time by `<entity type>/<id>`, the oldest first. */
  const newest = new Map<string, readonly [revision: number, ms: number]>()

  return {
    async fetch(url, init) {
      const response = await send(url, init)
      const revision = Number(/"(\d+)/.exec(response.headers.get('etag') ?? '')?.[1])
      if (init.method === 'POST' && revision > 0) {
        const entity = url.slice(start + 1, url.lastIndexOf('/'))
        const [known = 0] = newest.get(entity) ?? []
        newest.delete(entity)
        newest.set(entity, [Math.max(known, revision), performance.now()])
        if (newest.size > mostEntities) newest.delete(newest.keys().next().value as string)
      }
      return response
    },
    headers() {
      const young = [...newest].filter(([, [, ms]]) => performance.now() - ms < keptMs)
      const positions = young.map(([entity, [revision]]) => `${entity}@${revision}`)
      return positions.length > 0 ? { 'tailfold-after': positions.join() } : {}
    },
  }
}
