import type { Journal, RowStore } from 'tailfold'
import type { ChangeFeed } from 'tailfold/store'

/** A journal with its rows and its feed, as one process opens them. */
export interface OpenPlace {
  readonly journal: Journal
  readonly rows: RowStore
  /** Where changes come from, if not from the journal. */
  readonly feed?: ChangeFeed
  close(): Promise<void>
}

/** Where the processes of a run find their data: a module that exports `open`, and what to call it with. */
export interface Place {
  /** URL of the module. */
  readonly opener: string
  readonly address: object
}

/** Opens a place. */
export async function openPlace({ opener, address }: Place): Promise<OpenPlace> {
  const { open } = (await import(opener)) as { open: (at: object) => Promise<OpenPlace> }
  return open(address)
}

/** The place that the first argument of a program names. */
export function placeOfProgram(): Place {
  return JSON.parse(process.argv[2] ?? '') as Place
}
