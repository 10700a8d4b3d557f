/** Texts, those that name a field with their colon, and where objects begin and end: all that matters of valid JSON. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/g

/**
 * True when an object in the JSON text names a field twice, however it is spelled. `JSON.parse` silently keeps the last,
 * where whoever looked at the request on its way may have kept the first. The text must be valid JSON.
 */
export function hasRepeatedKey(text: string): boolean {
  const open: Set<string>[] = []
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (colon !== undefined) {
      const key = JSON.parse(token.slice(0, -colon.length)) as string
      const keys = open.at(-1)
      if (keys?.has(key)) return true
      keys?.add(key)
    }
  }
  return false
}
