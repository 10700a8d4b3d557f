import { sqliteJournal } from 'tailfold/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BothJournals, release010, sideBySide } from '../../helpers/side-by-side.ts'
import { sqliteFiles } from '../../helpers/sqlite-files.ts'

const { newFile } = sqliteFiles()
let both: BothJournals & { close(): void }

beforeAll(async () => {
  const release = await release010()
  const file = newFile()
  // A 0.1.0 process that is running while the file is migrated by the first of today's.
  const theirs = release.sqliteJournal({ file })
  const ours = sqliteJournal({ file })
  both = {
    release,
    theirs,
    ours,
    close() {
      theirs.close()
      ours.close()
    },
  }
})
afterAll(() => both.close())

describe('a 0.1.0 process beside one of today on a SQLite file', () => {
  sideBySide(() => both)

  test('that starts after the migration says that the file is newer', async () => {
    const { release } = both
    const file = newFile()
    sqliteJournal({ file }).close()
    expect(() => release.sqliteJournal({ file })).toThrow(/format version 2, written by a newer Tailfold/)
  })
})
