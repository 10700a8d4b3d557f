import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import type { RecordPage, Store, StoredCommit } from 'tailfold'

/** Names of new database files, in a folder that lasts as long as the tests of a file. */
export function sqliteFiles(): { readonly newFile: () => string } {
  let folder: string
  let files = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tailfold-sqlite-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return { newFile: () => join(folder, `journal-${++files}.sqlite`) }
}

/** All commits of a key. */
export async function readAll(store: Store, key: string): Promise<readonly StoredCommit[]> {
  const found: StoredCommit[] = []
  for (let page: RecordPage = { commits: [], more: true }; page.more; found.push(...page.commits))
    page = await store.range(key, found.length + 1, 1_000)
  return found
}

/** Matches the error of a file that the store will not touch. */
export function refused(message: string, operation = 'open'): unknown {
  return expect.objectContaining({
    code: 'store-unavailable',
    retryable: false,
    data: { operation, applied: 'no' },
    message: expect.stringContaining(message),
  })
}
