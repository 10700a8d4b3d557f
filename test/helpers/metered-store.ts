import type { Platform, Store, StoredCommit } from 'tailfold'

const readUnitBytes = 4_096
const writeUnitBytes = 1_024

/** Wraps a store so that it bills as DynamoDB does: by 4 KB read with strong consistency, and by 1 KB written. */
export function meteredStore(store: Store): Store {
  const units = (bytes: number, unit: number) => Math.max(1, Math.ceil(bytes / unit))
  const read = (bytes: number) => ({
    requests: 1,
    readUnits: units(bytes, readUnitBytes),
    writeUnits: 0,
  })
  const write = (bytes: number) => ({ requests: 1, readUnits: 0, writeUnits: units(bytes, writeUnitBytes) })
  const bytesOf = (key: string, commits: readonly StoredCommit[]) =>
    commits.reduce((sum, { revision, record }) => sum + store.recordBytes(key, revision, record), 0)
  const { findCommandId } = store
  return {
    ...store,
    async append(key, revision, record, options = {}) {
      options.meter?.(write(store.recordBytes(key, revision, record)))
      return store.append(key, revision, record, { ...options, meter: undefined })
    },
    async recover(key, limit, options = {}) {
      const found = await store.recover(key, limit, { ...options, meter: undefined })
      const { snapshot, commits } = found
      const snapshotBytes = snapshot ? store.recordBytes(key, snapshot.revision, snapshot.record) : 0
      options.meter?.(read(snapshotBytes + bytesOf(key, commits)))
      return found
    },
    async range(key, fromRevision, limit, options = {}) {
      const page = await store.range(key, fromRevision, limit, { ...options, meter: undefined })
      options.meter?.(read(bytesOf(key, page.commits)))
      return page
    },
    ...(findCommandId && {
      async findCommandId(key, commandId, options = {}) {
        options.meter?.(read(1))
        return findCommandId(key, commandId, { ...options, meter: undefined })
      },
    }),
  }
}

/** Wraps a store so that each request takes that long on the clock of a platform, half of it on the way there. */
export function distantStore(store: Store, platform: Platform, ms: number): Store {
  const pass = () => new Promise<void>((resolve) => void platform.schedule(ms / 2, resolve))
  const far =
    <Args extends unknown[], Answer>(call: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      await pass()
      const answer = await call(...args)
      await pass()
      return answer
    }
  return {
    ...store,
    append: far(store.append),
    recover: far(store.recover),
    range: far(store.range),
    saveSnapshot: far(store.saveSnapshot),
  }
}
