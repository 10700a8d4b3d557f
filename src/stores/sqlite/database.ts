import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { isBusy, isLogicError, noDatabase, unusableFile } from './failures.ts'
import { watchIdentity } from './file-identity.ts'
import { bringToFormat, checkFormat, notOurs } from './migrate.ts'
import { prepareStatements, type Statements } from './stored-form.ts'

const openAttempts = 50
const openPauseMs = 20

interface SqliteModule {
  readonly DatabaseSync: typeof DatabaseSync
}

/** A database that is open and in the current format. */
export interface OpenDatabase {
  readonly database: DatabaseSync
  readonly statements: Statements
  /** Throws when the file was deleted or replaced since. */
  readonly checkIdentity: () => void
}

/**
 * Opens the file in WAL mode and in the current format; makes it and its folder when they are missing, and refuses one
 * that is not ours.
 */
export function openDatabase(file: string, busyTimeoutMs: number): OpenDatabase {
  const sqlite = process.getBuiltinModule('node:sqlite') as SqliteModule | undefined
  if (sqlite === undefined) {
    throw unusableFile(
      file,
      `needs node:sqlite, which Node.js ${process.version} lacks; use Node.js 22.13 or newer`,
    )
  }
  mkdirSync(dirname(file), { recursive: true })
  createForThisUser(file)
  refuseOneByte(file)
  const database = new sqlite.DatabaseSync(file)
  try {
    // Not by the option `timeout`: Node.js before 22.16 ignores it.
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA synchronous = FULL`)
    whenFree(() => bringToFormat(database, file))
    whenFree(() => switchToWal(database, file))
    return { database, statements: prepareStatements(database), checkIdentity: watchIdentity(file) }
  } catch (error) {
    database.close()
    throw isLogicError(error) ? notOurs(file, error) : error
  }
}

/** SQLite lets everyone read a new file, and gives its other files the same mode. A file that is there keeps its own. */
function createForThisUser(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch {
    // It is there, or cannot be made: SQLite says why.
  }
}

/**
 * SQLite takes a file of one byte for an empty one, and would overwrite it.
 * Source: https://sqlite.org/src/file?name=src/os_unix.c&ci=trunk (unixFileSize)
 */
function refuseOneByte(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.size === 1) throw unusableFile(file, noDatabase)
}

function switchToWal(database: DatabaseSync, file: string): void {
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode']
  if (mode !== 'wal') throw unusableFile(file, 'is on a file system without shared memory; use a local disk')
  // The first read in WAL mode opens the two files beside this one, and keeps them.
  checkFormat(database, file)
}

/** SQLite reports some locks at once, whatever the timeout: two connections that switch a new file to WAL. */
function whenFree(open: () => void): void {
  for (let attempt = 1; ; attempt++) {
    try {
      return open()
    } catch (error) {
      if (!isBusy(error) || attempt >= openAttempts) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, openPauseMs)
    }
  }
}
