import { maxBodyBytes } from './bodies.ts'

const deepest = 64

/** True for a body that docs/http.md says is refused, whatever the command; read here by other means than in `src/http`. */
export function isUnfit(body: string | Uint8Array | undefined): boolean {
  if (body === undefined || body.length === 0) return false
  if (Buffer.byteLength(body) > maxBodyBytes) return true
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(body))
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return !isObject || depthOf(text) > deepest || hasUnfitNumber(text) || namesOf(value) !== namesIn(text)
  } catch {
    return true
  }
}

const strings = /"(?:[^"\\]|\\.)*"/g

/** Of text that is JSON. */
function depthOf(text: string): number {
  let depth = 0
  let most = 0
  for (const [bracket] of text.replaceAll(strings, '').matchAll(/[[\]{}]/g)) {
    depth += '[{'.includes(bracket) ? 1 : -1
    most = Math.max(most, depth)
  }
  return most
}

/** Numbers with more whole digits than 2^53 - 1 has, and those too small for a double; by their digits alone. */
function hasUnfitNumber(text: string): boolean {
  return [...text.replaceAll(strings, '').matchAll(/-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?/gi)].some(
    ([, whole = '', fraction = '', exponent = '0']) => {
      const digits = `${whole}${fraction}`.replace(/^0+/, '')
      if (digits === '') return false
      const power = Number(exponent) - fraction.length
      const wholeDigits = digits.length + power
      if (wholeDigits > 16 || wholeDigits < -330) return true
      return power === 0 && BigInt(digits) > BigInt(Number.MAX_SAFE_INTEGER)
    },
  )
}

/** Names written in the text. One that is written twice, or is `__proto__`, is not among those of the value. */
function namesIn(text: string): number {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length
}

function namesOf(root: object): number {
  const rest: unknown[] = [root]
  let names = 0
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (typeof value !== 'object' || value === null) continue
    if (!Array.isArray(value)) names += Object.keys(value).filter((name) => name !== '__proto__').length
    rest.push(...Object.values(value))
  }
  return names
}
