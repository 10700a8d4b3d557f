import type { RowStore } from '../../journal/row-store.ts'
import type { SimulatedNetwork } from '../simulate/simulated-network.ts'
import type { SimulatedProcess } from '../simulate/simulated-process.ts'

/** Rows as a process sees them: at the far end of a network, through gates that a crash closes. */
export function rowsOf(
  base: RowStore,
  { request }: SimulatedNetwork,
  { through }: SimulatedProcess,
): RowStore {
  return {
    limits: base.limits,
    get: (...args) => through(() => request('read', () => base.get(...args))),
    write: (...args) => through(() => request('write', () => base.write(...args), args[0])),
    query: (...args) => through(() => request('read', () => base.query(...args))),
    scan: (...args) => through(() => request('read', () => base.scan(...args))),
    remove: (...args) => through(() => request('write', () => base.remove(...args))),
  }
}
