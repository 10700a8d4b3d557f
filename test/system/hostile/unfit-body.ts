import { maxBodyBytes } from './bodies.ts'

const deepest = 64

/** True for a body that docs/http.md says is refused, whatever the command; read here by other means than in `src/http`. */
export function isUnfit(body: string | Uint8Array | undefined): boolean {
  if (body === undefined || body.length === 0) return false
  const bytes = Buffer.from(body)
  if (bytes.length > maxBodyBytes) return true
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return !isObject || depthOf(text) > deepest || holdsUnfit(value)
  } catch {
    return true
  }
}

/** Of text that is JSON. */
function depthOf(text: string): number {
  let depth = 0
  let most = 0
  for (const [bracket] of text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').matchAll(/[[\]{}]/g)) {
    depth += '[{'.includes(bracket) ? 1 : -1
    most = Math.max(most, depth)
  }
  return most
}

function holdsUnfit(root: object): boolean {
  const rest: unknown[] = [root]
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return true
    if (typeof value !== 'object' || value === null) continue
    if (Object.keys(value).includes('__proto__')) return true
    rest.push(...Object.values(value))
  }
  return false
}
