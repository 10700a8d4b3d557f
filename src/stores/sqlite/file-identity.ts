import { statSync } from 'node:fs'
import { unusableFile } from './failures.ts'

/** How often the file is looked at, in milliseconds: what is written to a file after it was deleted is lost. */
const checkEveryMs = 1_000

/**
 * Notices that a database file, or one of the two beside it, was deleted or replaced since. SQLite would go on with the
 * files it has open, and another process with new ones of the same names: two histories. Call it right after opening, and
 * what it returns before each use; that looks at most once a second, and throws.
 */
export function watchIdentity(file: string, now: () => number = () => performance.now()): () => void {
  const names = [file, `${file}-wal`, `${file}-shm`]
  const identities = names.map(identityOf)
  let checkedAt = now()
  let changed: string | undefined
  return () => {
    if (now() - checkedAt >= checkEveryMs) {
      checkedAt = now()
      changed = names.find((name, index) => identityOf(name) !== identities[index])
    }
    if (changed === undefined) return
    throw unusableFile(
      changed,
      'was deleted or replaced while it was open; nothing more is written. Stop every process that uses it before you replace it, and start them again',
    )
  }
}

/** Device and inode; `undefined` where there is no file. */
function identityOf(name: string): string | undefined {
  const found = statSync(name, { throwIfNoEntry: false, bigint: true })
  return found && `${found.dev}:${found.ino}`
}
