import type { EventJournal } from './event-journal.ts'
import type { Journal } from './journal.ts'

/** True for a journal of whole commits. */
export function isJournal(journal: unknown): journal is Journal {
  return hasMethods(journal, ['recover', 'readOn', 'commits', 'prepare', 'append', 'saveState'])
}

/** Throws `TypeError` unless it is a journal of whole commits. */
export function checkWholeCommits(journal: unknown): asserts journal is Journal {
  if (isJournal(journal)) return
  throw new TypeError(
    'journal must be a Journal: pass one such as new InMemoryJournal(), sqliteJournal(...) or dynamoDbJournal(...), or toJournal(journal) of an object with the four methods of EventJournal.',
  )
}

/** Throws `TypeError` unless it is a journal of either kind. */
export function checkJournal(journal: unknown): asserts journal is Journal | EventJournal {
  if (isJournal(journal) || hasMethods(journal, ['persist', 'load', 'saveSnapshot', 'loadSnapshot'])) return
  throw new TypeError(
    'A journal is missing: pass one such as new InMemoryJournal(), sqliteJournal(...) or dynamoDbJournal(...), or an object with the four methods of EventJournal.',
  )
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  const methods = (value ?? {}) as Readonly<Record<string, unknown>>
  return names.every((name) => typeof methods[name] === 'function')
}
