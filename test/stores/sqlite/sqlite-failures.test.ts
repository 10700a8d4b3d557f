import { describe, expect, test } from 'vitest'
import { isTailfoldError } from '../../../src/core/base/errors.ts'
import { isBusy, sqliteFailure } from '../../../src/stores/sqlite/failures.ts'

/** As node:sqlite throws it. */
function sqliteError(errcode: number): Error {
  return Object.assign(new Error('by the test'), { code: 'ERR_SQLITE_ERROR', errcode })
}

describe('a SQLite result code', () => {
  test.for([
    { code: 5, name: 'BUSY', applied: 'no', retryable: true, says: '/data/j.sqlite stayed locked' },
    { code: 261, name: 'BUSY_RECOVERY', applied: 'no', retryable: true, says: 'stayed locked' },
    { code: 517, name: 'BUSY_SNAPSHOT', applied: 'no', retryable: true, says: 'stayed locked' },
    { code: 6, name: 'LOCKED', applied: 'no', retryable: true, says: 'is locked by another statement' },
    {
      code: 8,
      name: 'READONLY',
      applied: 'no',
      retryable: false,
      says: '/data/j.sqlite is read-only; give this user write permission',
    },
    { code: 1544, name: 'READONLY_DIRECTORY', applied: 'no', retryable: false, says: 'is read-only' },
    {
      code: 13,
      name: 'FULL',
      applied: 'no',
      retryable: false,
      says: 'the disk that holds /data/j.sqlite is full; free some space',
    },
    { code: 14, name: 'CANTOPEN', applied: 'no', retryable: false, says: '/data/j.sqlite cannot be opened' },
    { code: 15, name: 'PROTOCOL', applied: 'no', retryable: true, says: 'too many connections' },
    { code: 18, name: 'TOOBIG', applied: 'no', retryable: false, says: 'beyond what SQLite takes' },
    {
      code: 26,
      name: 'NOTADB',
      applied: 'no',
      retryable: false,
      says: 'is not a SQLite database; name another file',
    },
    { code: 10, name: 'IOERR', applied: 'unknown', retryable: true, says: 'check the disk' },
    { code: 1034, name: 'IOERR_FSYNC', applied: 'unknown', retryable: true, says: 'check the disk' },
    { code: 11, name: 'CORRUPT', applied: 'no', retryable: false, says: 'restore it from a backup' },
    {
      code: 1,
      name: 'ERROR',
      applied: 'unknown',
      retryable: true,
      says: 'SQLite failed on /data/j.sqlite (by the test)',
    },
  ])('$name: applied $applied, retryable $retryable', ({ code, applied, retryable, says }) => {
    const cause = sqliteError(code)
    expect(sqliteFailure('append', '/data/j.sqlite', cause)).toMatchObject({
      code: 'store-unavailable',
      retryable,
      data: { operation: 'append', applied },
      message: expect.stringContaining(says),
      cause,
    })
  })

  test('never leaves a write in doubt that is known to be rolled back', () => {
    const applied = [1, 10, 11].map((code) => {
      const failure = sqliteFailure('append', '/data/j.sqlite', sqliteError(code), { rolledBack: true })
      return isTailfoldError(failure, 'store-unavailable') && failure.data.applied
    })
    expect(applied).toEqual(['no', 'no', 'no'])
  })

  test('means busy for itself and its extended codes only', () => {
    expect([5, 261, 517, 6, 8, 10].filter((code) => isBusy(sqliteError(code)))).toEqual([5, 261, 517])
    expect(isBusy(new Error('busy'))).toBe(false)
  })
})

test.for(['EACCES', 'EROFS', 'ENOTDIR'])(
  '%s while the folder is made names the file and what to do',
  (code) => {
    const cause = Object.assign(new Error('by the test'), { code })
    expect(sqliteFailure('open', '/data/j.sqlite', cause)).toMatchObject({
      code: 'store-unavailable',
      retryable: false,
      data: { operation: 'open', applied: 'no' },
      message: `The store could not open: the folder of /data/j.sqlite cannot be created (${code}); name a folder where this user may write.`,
    })
  },
)
