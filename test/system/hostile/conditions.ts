/** The conditions of a request, evaluated as RFC 9110, section 13 reads; by other means than in `src/http`. */
interface Tag {
  readonly isWeak: boolean
  readonly text: string
}

/** Whether conditional headers let a command be decided at a revision. */
export function allowCommand(headers: Readonly<Record<string, string>>, revision: number): boolean {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  const names = ({ text }: Tag) => text === String(revision)
  if (ifMatch !== undefined) {
    const tags = tagsOf(ifMatch)
    const holds = tags === '*' ? revision > 0 : tags?.some((tag) => !tag.isWeak && names(tag))
    if (holds !== true) return false
  }
  if (ifNoneMatch === undefined) return true
  const tags = tagsOf(ifNoneMatch)
  return tags === '*' ? revision === 0 : tags !== undefined && !tags.some(names)
}

/** The status that conditional headers give a read of something with an entity tag: 412, 304 or 200. */
export function statusOfRead(headers: Readonly<Record<string, string>>, etag: string): 200 | 304 | 412 {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  const names = ({ text }: Tag) => `"${text}"` === etag
  if (ifMatch !== undefined) {
    const tags = tagsOf(ifMatch)
    if (tags !== '*' && tags?.some((tag) => !tag.isWeak && names(tag)) !== true) return 412
  }
  const tags = ifNoneMatch === undefined ? undefined : tagsOf(ifNoneMatch)
  return tags === '*' || tags?.some(names) === true ? 304 : 200
}

/** `undefined` for what is not a list of entity tags. */
function tagsOf(header: string): '*' | readonly Tag[] | undefined {
  if (header.trim() === '*') return '*'
  const parts = header
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const tags = parts.map((part) => /^(W\/)?"([!#-~]*)"$/.exec(part))
  if (tags.length === 0 || tags.includes(null)) return undefined
  return tags.map((found) => ({ isWeak: found?.[1] !== undefined, text: found?.[2] ?? '' }))
}
