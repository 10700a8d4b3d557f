import { canonicalJson } from '../../core/base/json.ts'
import type { StoredCommit } from '../../journal/store.ts'

const shownChars = 300

/** Throws an Error that shows both values unless they are the same JSON. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  const [actualText, expectedText] = [canonicalJson(actual), canonicalJson(expected)]
  if (actualText === expectedText) return
  throw new Error(`${what}: expected ${shorten(expectedText)}, got ${shorten(actualText)}`)
}

/** The error `call` rejects with; throws when it does not reject. */
export async function expectRejection(what: string, call: () => Promise<unknown>): Promise<unknown> {
  const outcome = await call().then(
    (answer) => ({ kind: 'answered', answer }) as const,
    (error: unknown) => ({ kind: 'rejected', error }) as const,
  )
  if (outcome.kind === 'rejected') return outcome.error
  throw new Error(`${what}: expected an error, got ${shorten(JSON.stringify(outcome.answer))}`)
}

/** The revisions of commits, in their order. */
export function revisionsOf(commits: readonly StoredCommit[]): readonly number[] {
  return commits.map(({ revision }) => revision)
}

/** Whole numbers from `first` to `last`, both included, in either direction. */
export function count(first: number, last: number): readonly number[] {
  const step = first <= last ? 1 : -1
  return Array.from({ length: Math.abs(last - first) + 1 }, (_, index) => first + index * step)
}

function shorten(text: string): string {
  return text.length <= shownChars ? text : `${text.slice(0, shownChars)}… (${text.length} characters)`
}
