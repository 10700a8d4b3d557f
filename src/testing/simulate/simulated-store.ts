import type { Store, StoredSnapshot } from '../../journal/store.ts'
import type { SimulatedNetwork } from './simulated-network.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** A store at the far end of a network. */
export function remoteStore(base: Store, { request, upcoming }: SimulatedNetwork): Store {
  const newestSnapshots = new Map<string, StoredSnapshot>()
  const formerSnapshots = new Map<string, StoredSnapshot>()

  async function saveSnapshot(...[key, snapshot, options]: Parameters<Store['saveSnapshot']>) {
    await base.saveSnapshot(key, snapshot, options)
    const former = newestSnapshots.get(key)
    if (former !== undefined) formerSnapshots.set(key, former)
    newestSnapshots.set(key, snapshot)
  }

  return {
    limits: base.limits,
    recordBytes: (...args) => base.recordBytes(...args),
    append: (...args) => request('write', () => base.append(...args), args[2]),
    ...(base.findCommandId && {
      findCommandId: (...args) => request('read', async () => base.findCommandId?.(...args)),
    }),
    async recover(key, limit, options) {
      const fault = upcoming('page-of-one', 'snapshot-lost', 'snapshot-stale')
      const found = await request('read', () =>
        base.recover(key, fault === 'page-of-one' ? 1 : limit, options),
      )
      if (fault === 'snapshot-lost') return { ...found, snapshot: undefined }
      return fault === 'snapshot-stale' ? { ...found, snapshot: formerSnapshots.get(key) } : found
    },
    range(key, fromRevision, limit, options) {
      const fault = upcoming('page-of-one')
      return request('read', () => base.range(key, fromRevision, fault === undefined ? limit : 1, options))
    },
    async saveSnapshot(...args) {
      if (upcoming('snapshot-lost') !== undefined) return
      await request('write', () => saveSnapshot(...args), args[1])
    },
  }
}

/** A store as a process sees it, which may crash or freeze before and after each request. */
export function storeOf({ through }: SimulatedProcess, shared: Store): Store {
  return {
    limits: shared.limits,
    recordBytes: (...args) => shared.recordBytes(...args),
    append: (...args) => through(() => shared.append(...args)),
    recover: (...args) => through(() => shared.recover(...args)),
    range: (...args) => through(() => shared.range(...args)),
    saveSnapshot: (...args) => through(() => shared.saveSnapshot(...args)),
    ...(shared.findCommandId && {
      findCommandId: (...args) => through(async () => shared.findCommandId?.(...args)),
    }),
  }
}
