import { describeValue } from '../core/base/describe-value.ts'

/** Most of an error's text that is kept, and of its code. */
const longestText = 1_000
const longestCode = 100

/** What is kept of an error. Anything may have been thrown: nothing that it holds is trusted. */
export function keptError(error: unknown): { readonly code: string; readonly error: string } {
  const code = fieldOf(error, 'code')
  const message = fieldOf(error, 'message')
  return {
    code: typeof code === 'string' ? shortened(code, longestCode) : 'handler-failed',
    error: shortened(typeof message === 'string' ? message : describedValue(error), longestText),
  }
}

/** A field of what was thrown; `undefined` where it cannot be read. */
export function fieldOf(error: unknown, name: string): unknown {
  try {
    return (error as Readonly<Record<string, unknown>> | null | undefined)?.[name]
  } catch {
    return undefined
  }
}

function describedValue(value: unknown): string {
  try {
    return describeValue(value)
  } catch {
    return 'an object'
  }
}

/** Well-formed also where a character is cut in two: row stores take no other text. */
function shortened(text: string, most: number): string {
  return text.slice(0, most).toWellFormed()
}
