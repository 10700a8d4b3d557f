import { join } from 'node:path'
import { type Journal, InMemoryJournal } from 'tailfold'
import { openDynamoDb } from './dynamodb.ts'
import type { LocalOptions } from './options.ts'

/** A journal that was opened, where it keeps its data in words, and how to let go of it. */
export interface OpenJournal {
  readonly journal: Journal
  readonly keptIn: string
  close(): Promise<void>
}

/** Opens the journal that was asked for. */
export async function openJournal({ journal, dataFolder }: LocalOptions): Promise<OpenJournal> {
  switch (journal) {
    case 'memory':
      return {
        journal: new InMemoryJournal(),
        keptIn: 'memory: gone when the server stops',
        close: async () => {},
      }
    case 'sqlite':
      return openSqlite(dataFolder)
    case 'dynamodb':
      return openDynamoDb(process.env)
  }
}

async function openSqlite(dataFolder: string): Promise<OpenJournal> {
  const { sqliteJournal } = await import('tailfold/sqlite')
  const file = join(dataFolder, 'journal.sqlite')
  const journal = sqliteJournal({ file })
  return {
    journal,
    keptIn: `${file} (SQLite): kept when the server stops`,
    close: async () => journal.close(),
  }
}
