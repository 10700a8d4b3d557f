import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { oneRequest, recordText, type RequestOptions, type Store, storeFailure } from 'tailfold/store'

/**
 * A store in a folder: a folder for each key, in it a file for each commit, `0000000000000001.json`, and one for the
 * snapshot. Processes on one machine may share it. It reads a whole folder for each call: an example, not a product.
 */
export function folderStore(root: string, maxRecordBytes = 400 * 1024): Store {
  // Records as JSON: refuses what could not be read back, and what is too large.
  const records = recordText(maxRecordBytes)
  // Keys have up to 1,740 characters, file names up to 255.
  const folderOf = (key: string) => join(root, createHash('sha256').update(key).digest('hex'))
  const snapshotOf = (key: string) => join(folderOf(key), 'snapshot.json')
  const nameOf = (revision: number) => `${String(revision).padStart(16, '0')}.json`

  async function commitAt(key: string, revision: number) {
    const text = await readFile(join(folderOf(key), nameOf(revision)), 'utf8')
    return { revision, record: records.decode(text, { key, revision }) }
  }

  /** The first `limit` commits from a revision on, or, without one, the newest first. */
  async function page(key: string, limit: number, from?: number) {
    const names = (await readdir(folderOf(key)).catch(ifMissing)) ?? []
    const all = names.filter((name) => /^\d{16}\.json$/.test(name)).toSorted()
    const revisions = all.map((name) => Number.parseInt(name, 10))
    const wanted = from === undefined ? revisions.toReversed() : revisions.filter((each) => each >= from)
    const commits = await Promise.all(wanted.slice(0, limit).map((revision) => commitAt(key, revision)))
    return { commits, more: wanted.length > limit }
  }

  return {
    // A state of up to 4 KB is stored with its commit: a file fills a block in any case.
    limits: { maxRecordBytes, billedBytes: 4 * 1024 },
    recordBytes: (key, _revision, record) => records.bytes(key, record),

    append: (key, revision, record, request) =>
      asRequest('append', request, async () => {
        const folder = folderOf(key)
        const temporary = await writeDurably(root, folder, records.encode(key, 'commit', record))
        // Creates the name or fails: of two writers one wins, however they overlap.
        const error = await link(temporary, join(folder, nameOf(revision))).catch((reason) => reason)
        await rm(temporary)
        if (error !== undefined && error.code !== 'EEXIST') throw error
        // Also after a lost race: the winner may have died before this, and its commit is answered here.
        await syncFolder(folder)
        if (error === undefined) return { kind: 'appended' }
        return { kind: 'occupied', record: (await commitAt(key, revision)).record }
      }),

    recover: (key, limit, request) =>
      asRequest('recover', request, async () => {
        const newest = await page(key, limit)
        const text = await readFile(snapshotOf(key), 'utf8').catch(ifMissing)
        return { snapshot: text && JSON.parse(text), ...newest }
      }),

    range: (key, fromRevision, limit, request) =>
      asRequest('read a range', request, () => page(key, limit, fromRevision)),

    saveSnapshot: (key, snapshot, request) =>
      asRequest('save a snapshot', request, async () => {
        records.encode(key, 'snapshot', snapshot.record)
        const temporary = await writeDurably(root, folderOf(key), JSON.stringify(snapshot))
        await rename(temporary, snapshotOf(key))
      }),
  }
}

/** Reports a request. A failure leaves its outcome unknown: nothing here proves that nothing was written. */
async function asRequest<T>(what: string, request: RequestOptions | undefined, work: () => Promise<T>) {
  request?.meter?.(oneRequest)
  return work().catch((cause: NodeJS.ErrnoException) => {
    if (cause.syscall === undefined) throw cause
    throw storeFailure(what, `the file system answered ${cause.code}`, { applied: 'unknown', cause })
  })
}

/** Writes a file under a name of its own; it is on the disk when this resolves. */
async function writeDurably(root: string, folder: string, text: string): Promise<string> {
  if ((await mkdir(folder, { recursive: true })) !== undefined) await syncFolder(root)
  const path = join(folder, `${randomUUID()}.tmp`)
  await writeFile(path, text, { flush: true })
  return path
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
