import { join } from 'node:path'
import { sqliteJournal, sqliteRows } from 'tailfold/sqlite'
import type { OpenPlace, Place } from './place.ts'

/** One file with journal and rows, in a folder. */
export function sqlitePlace(folder: string): Place {
  return { opener: import.meta.url, address: { file: join(folder, 'journal.sqlite') } }
}

/** Opens the file; see `place.ts`. */
export async function open({ file }: { readonly file: string }): Promise<OpenPlace> {
  const journal = sqliteJournal({ file })
  const rows = sqliteRows({ journal })
  return {
    journal,
    rows,
    close: async () => {
      rows.close()
      journal.close()
    },
  }
}
