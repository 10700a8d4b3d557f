import { isTailfoldError } from '../../core/base/errors.ts'
import { storeFailure } from '../../core/base/failures.ts'
import type { RowStore } from '../../journal/row-store.ts'
import type { SimulatedNetwork } from '../simulate/simulated-network.ts'
import type { SimulatedProcess } from '../simulate/simulated-process.ts'

/** Rows as a process sees them: at the far end of a network, through gates that a crash closes. */
export function rowsOf(base: RowStore, network: SimulatedNetwork, { through }: SimulatedProcess): RowStore {
  const read = async <Answer>(apply: () => Promise<Answer>) =>
    through(() => inWordsOfRows('no', network.request('read', apply)))
  const write = async <Answer>(apply: () => Promise<Answer>, content?: object) =>
    through(() => inWordsOfRows('unknown', network.request('write', apply, content)))
  return {
    limits: base.limits,
    get: (...args) => read(() => base.get(...args)),
    query: (...args) => read(() => base.query(...args)),
    scan: (...args) => read(() => base.scan(...args)),
    write: (...args) => write(() => base.write(...args), args[0]),
    remove: (...args) => write(() => base.remove(...args)),
  }
}

/** What the network says, as a row store reports it. */
async function inWordsOfRows<Answer>(applied: 'no' | 'unknown', answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    if (isTailfoldError(error)) throw error
    throw storeFailure('reach the rows', String(error), { applied, cause: error })
  }
}
