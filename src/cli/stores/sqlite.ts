import { existsSync, statSync } from 'node:fs'
import { UsageError } from '../command-line.ts'
import { administer } from './administer.ts'
import type { Database } from './database.ts'

/** `sqlite:data/journal.sqlite`. */
export interface SqliteUrl {
  readonly kind: 'sqlite'
  readonly file: string
}

/** The embedded store: one file holds the journal and the rows. */
export const sqlite: Database<SqliteUrl> = {
  shape: 'sqlite:<path>',
  help: ['sqlite:<path>, such as sqlite:data/journal.sqlite'],

  parse(url) {
    const file = url.slice('sqlite:'.length)
    return file === '' ? undefined : { kind: 'sqlite', file }
  },

  async open({ file }) {
    requireFile(file)
    return openFile(file)
  },

  async openRows({ file }) {
    requireFile(file)
    return openRowsFile(file)
  },

  async administer({ file }, request, _env, print) {
    const target = {
      where: `SQLite file ${file}`,
      create: async () => (await (request.rows ? openRowsFile(file) : openFile(file))).close(),
      async describe() {
        if (!existsSync(file)) return { exists: false, settings: {}, problem: noFile(file) }
        const { store, close } = await openFile(file)
        try {
          await store.recover('tailfold/describe', 2)
        } finally {
          close()
        }
        return { exists: true, settings: { bytes: statSync(file).size }, problem: undefined }
      },
    }
    await administer(target, request, print)
  },
}

async function openFile(file: string) {
  const { sqliteStore } = await import('../../stores/sqlite/store.ts')
  const store = sqliteStore({ file })
  return { store, close: () => store.close() }
}

async function openRowsFile(file: string) {
  const { sqliteRows } = await import('../../stores/sqlite/rows.ts')
  const rows = sqliteRows({ file })
  return { rows, close: () => rows.close() }
}

function requireFile(file: string): void {
  if (!existsSync(file)) throw new UsageError(`T${noFile(file).slice(1)}.`)
}

function noFile(file: string): string {
  return `there is no file ${file}. Correct the path, or run npx tailfold store create --store sqlite:${file}`
}
