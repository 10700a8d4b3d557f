import { frozenJson, isPlainObject } from './json.ts'

/**
 * What a program keeps with the events of a command beside the events: `{ approvedBy: 'ann', source: 'import' }`. A plain
 * object of JSON values. It is no part of the state, and `onEvent` does not see it.
 */
export type Metadata = Readonly<Record<string, unknown>>

/** It is written with the commit and delivered with each event. */
const mostCharacters = 1_024

/** What metadata must be, in the words that follow "must be". */
export const metadataForm: string = `a plain object of JSON values that takes at most ${mostCharacters} characters of JSON`

/** A frozen copy of metadata; `undefined` for what cannot be metadata. */
export function frozenMetadata(value: unknown): Metadata | undefined {
  try {
    if (!isPlainObject(value)) return undefined
    const copy = frozenJson(value, 'metadata')
    return JSON.stringify(copy).length <= mostCharacters ? copy : undefined
  } catch {
    return undefined
  }
}
