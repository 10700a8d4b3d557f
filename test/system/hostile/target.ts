/** What a path names; decoded here by other means than in `src/http`. */
export interface Named {
  readonly entityType: string
  readonly entityId: string | undefined
  /** The third segment: a command, or `events`. */
  readonly name: string | undefined
}

/** Reads a path as docs/http.md says; `undefined` when it can name no entity type. */
export function namedBy(path: string): Named | undefined {
  if (!path.startsWith('/')) return undefined
  const segments = path.slice(1).split('/').map(decodeOnce)
  if (segments.length > 3 || segments.some((segment) => segment === undefined || segment === ''))
    return undefined
  const [entityType = '', entityId, name] = segments
  return { entityType, entityId, name }
}

/** A segment as UTF-8 with its `%XX` as bytes, each taken once. */
function decodeOnce(segment: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(segment) || !segment.isWellFormed()) return undefined
  const parts = segment.split(/(%[0-9a-f]{2})/i)
  const bytes = parts.map((part, index) =>
    index % 2 === 1 ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part),
  )
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(bytes))
  } catch {
    return undefined
  }
}
