/**
 * Headers as an app takes them, from names and values in turn. Names that differ only in case are one header; the values
 * of a repeated one are joined by `, `, and those of `Cookie` by `; `, in every runtime alike.
 */
export function joinHeaders(namesAndValues: readonly string[]): Record<string, string> {
  const headers = Object.create(null) as Record<string, string>
  for (let at = 0; at + 1 < namesAndValues.length; at += 2) {
    const name = inLowerCase(namesAndValues[at] as string)
    const value = namesAndValues[at + 1] as string
    const before = headers[name]
    headers[name] = before === undefined ? value : before + (name === 'cookie' ? '; ' : ', ') + value
  }
  return headers
}

/** Names seen before: a text that a parser has just made is slow as the name of a property. */
const knownNames = new Map<string, string>()
const mostKnownNames = 1_000
const longestKnownName = 64

function inLowerCase(name: string): string {
  const known = knownNames.get(name)
  if (known !== undefined) return known
  const lower = name.toLowerCase()
  if (knownNames.size < mostKnownNames && name.length <= longestKnownName) knownNames.set(name, lower)
  return lower
}
