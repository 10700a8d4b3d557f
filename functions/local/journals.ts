import { join } from 'node:path'
import { type Journal, InMemoryJournal, memoryRows, type RowStore } from 'tailfold'
import type { ChangeFeed } from 'tailfold/store'
import { openAzure } from './azure.ts'
import { openDynamoDb } from './dynamodb.ts'
import { openLibsql } from './libsql.ts'
import type { LocalOptions } from './options.ts'
import { openPostgres } from './postgres.ts'

/** A journal that was opened, where it keeps its data in words, and how to let go of it. */
export interface OpenJournal {
  readonly journal: Journal
  /** Where consumers keep their positions; absent where the journal is not followed. */
  readonly rows?: RowStore
  /** Where consumers read changes, if not from the journal. */
  readonly feed?: ChangeFeed
  readonly keptIn: string
  close(): Promise<void>
}

/** Opens the journal that was asked for. */
export async function openJournal({ journal, dataFolder }: LocalOptions): Promise<OpenJournal> {
  switch (journal) {
    case 'memory':
      return {
        journal: new InMemoryJournal(),
        rows: memoryRows(),
        keptIn: 'memory: gone when the server stops',
        close: async () => {},
      }
    case 'sqlite':
      return openSqlite(dataFolder)
    case 'dynamodb':
      return openDynamoDb(process.env)
    case 'postgres':
      return openPostgres(dataFolder, process.env)
    case 'libsql':
      return openLibsql(dataFolder, process.env)
    case 'azure':
      return openAzure(dataFolder, process.env)
  }
}

async function openSqlite(dataFolder: string): Promise<OpenJournal> {
  const { sqliteJournal, sqliteRows } = await import('tailfold/sqlite')
  const file = join(dataFolder, 'journal.sqlite')
  const journal = sqliteJournal({ file })
  const rows = sqliteRows({ journal })
  return {
    journal,
    rows,
    keptIn: `${file} (SQLite): kept when the server stops`,
    close: async () => {
      rows.close()
      journal.close()
    },
  }
}
