import { isTailfoldError, type TailfoldError } from '../../core/base/errors.ts'
import { type StoreFailure, storeFailure } from '../../core/base/failures.ts'

/** What is wrong with a file of another kind; for {@link unusableFile}. */
export const noDatabase = 'is not a SQLite database; name another file, or move this one away'

/** What a primary result code means for the request. */
type Meaning = Pick<StoreFailure, 'applied' | 'retryable'> & { readonly why: (file: string) => string }

/**
 * Primary result codes: the low byte of `errcode`. One statement, or one short transaction, at a time, so whatever stops it before
 * its commit record is complete leaves nothing behind. An I/O error may strike after that, while the record is synced.
 *
 * Source: https://www.sqlite.org/rescode.html
 */
const meanings: Readonly<Record<number, Meaning>> = {
  // SQLITE_BUSY
  5: {
    applied: 'no',
    retryable: true,
    why: (file) => `${file} stayed locked by another connection; close whatever holds a long write on it`,
  },
  // SQLITE_LOCKED
  6: { applied: 'no', retryable: true, why: (file) => `a table of ${file} is locked by another statement` },
  // SQLITE_READONLY
  8: {
    applied: 'no',
    retryable: false,
    why: (file) =>
      `${file} is read-only; give this user write permission on it and on its folder, where SQLite keeps two more files`,
  },
  // SQLITE_IOERR
  10: {
    applied: 'unknown',
    retryable: true,
    why: (file) => `reading or writing ${file} failed; check the disk, and that it is not a network one`,
  },
  // SQLITE_CORRUPT: found while pages are read, before the commit record is written.
  11: {
    applied: 'no',
    retryable: false,
    why: (file) => `${file} is damaged; stop writing to it and restore it from a backup`,
  },
  // SQLITE_FULL
  13: {
    applied: 'no',
    retryable: false,
    why: (file) => `the disk that holds ${file} is full; free some space and try again`,
  },
  // SQLITE_CANTOPEN
  14: {
    applied: 'no',
    retryable: false,
    why: (file) =>
      `${file} cannot be opened; it must be a file, in a folder where this user may create files`,
  },
  // SQLITE_PROTOCOL
  15: { applied: 'no', retryable: true, why: (file) => `too many connections contend for ${file}` },
  // SQLITE_TOOBIG
  18: { applied: 'no', retryable: false, why: () => 'the record is beyond what SQLite takes' },
  // SQLITE_NOTADB
  26: {
    applied: 'no',
    retryable: false,
    why: (file) => `${file} ${noDatabase}`,
  },
}

const fileSystemCodes = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC', 'ENOENT'])

/** True when the file is locked by somebody else: the one failure that passes by itself. */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === 5
}

/** True for a statement that does not fit the tables. */
export function isLogicError(error: unknown): boolean {
  return primaryCode(error) === 1
}

/**
 * Says what an error of `node:sqlite`, of the file system or of {@link unusableFile} means for the request.
 *
 * @param rolledBack True when what the request wrote is known to be undone, whatever the error.
 */
export function sqliteFailure(
  operation: string,
  file: string,
  error: unknown,
  { rolledBack = false }: { readonly rolledBack?: boolean } = {},
): TailfoldError {
  if (isTailfoldError(error)) return error
  const { why, ...meaning } = meaningOf(file, error)
  const applied = rolledBack ? 'no' : meaning.applied
  return storeFailure(operation, why(file), { ...meaning, applied, cause: error })
}

function meaningOf(file: string, error: unknown): Meaning {
  const code = (error as { code?: unknown } | null)?.code
  const message = error instanceof Error ? error.message : String(error)
  if (code === unusable) return { applied: 'no', retryable: false, why: () => message }
  if (typeof code === 'string' && fileSystemCodes.has(code)) {
    const why = () =>
      `the folder of ${file} cannot be created (${code}); name a folder where this user may write`
    return { applied: 'no', retryable: false, why }
  }
  return (
    meanings[primaryCode(error) ?? 0] ?? {
      applied: 'unknown',
      retryable: true,
      why: () => `SQLite failed on ${file} (${message})`,
    }
  )
}

/** The error for a store that is used after `close`. */
export function storeClosed(operation: string, file: string): TailfoldError {
  const why = `the store of ${file} was closed; use it before close()`
  return storeFailure(operation, why, { applied: 'no', retryable: false })
}

const unusable = 'UNUSABLE_FILE'

/** The error for a file that must not be touched; {@link sqliteFailure} completes it with the operation. */
export function unusableFile(file: string, problem: string, cause?: unknown): Error {
  return Object.assign(new Error(`${file} ${problem}`, { cause }), { code: unusable })
}

function primaryCode(error: unknown): number | undefined {
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown }
  return code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' ? errcode & 0xff : undefined
}
