import type { DatabaseSync } from 'node:sqlite'
import { unusableFile } from './failures.ts'
import { commitsTable, formatVersion, schema } from './stored-form.ts'
import { rollBack } from './transaction.ts'

/**
 * Brings a file to the current format: creates the tables of a new one, migrates one of an older format, and refuses a
 * newer one and another program's. One transaction: of several processes one does the work and the others find it done,
 * and a process that is killed leaves the file as it was.
 */
export function bringToFormat(database: DatabaseSync, file: string): void {
  if (formatOf(database, file) === formatVersion) return
  database.prepare('BEGIN IMMEDIATE').run()
  try {
    const found = formatOf(database, file)
    if (found === 0) create(database, file)
    if (found === 1) numberCommits(database)
    database.prepare('COMMIT').run()
  } catch (error) {
    rollBack(database)
    throw error
  }
}

function create(database: DatabaseSync, file: string): void {
  const taken = database.prepare('SELECT name FROM sqlite_schema LIMIT 1').get()
  if (taken !== undefined) throw notOurs(file)
  database.exec(schema)
}

/**
 * From format 1 to 2: every commit gets a position. Nothing was ever deleted from a format 1 file, so its rowids are the
 * order of the commits. A 0.1.0 process that has the file open goes on: the columns it names are still there.
 */
function numberCommits(database: DatabaseSync): void {
  database.exec(`
    ALTER TABLE commits RENAME TO commits_of_format_1;
    ${commitsTable}
    INSERT INTO commits (position, key, revision, record)
      SELECT rowid, key, revision, record FROM commits_of_format_1 ORDER BY rowid;
    DROP TABLE commits_of_format_1;
    PRAGMA user_version = ${formatVersion};`)
}

/** The error for a database with other tables. */
export function notOurs(file: string, cause?: unknown): Error {
  return unusableFile(file, 'holds the tables of another program; name another file', cause)
}

/** Throws unless the file is of the current format. */
export function checkFormat(database: DatabaseSync, file: string): void {
  const found = formatOf(database, file)
  if (found !== formatVersion) throw unusableFile(file, `has format version ${found}, not ${formatVersion}`)
}

/** The format version of a file; 0 for a new one. Throws for one of a newer format. */
function formatOf(database: DatabaseSync, file: string): number {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (found <= formatVersion) return found
  throw unusableFile(
    file,
    `has format version ${found}, written by a newer Tailfold; this one reads up to ${formatVersion}: upgrade it`,
  )
}
