import type { Store } from 'tailfold'

type Operation = 'append' | 'recover' | 'range' | 'saveSnapshot' | 'findCommandId'

/** What a planned fault may do with the call it replaces. */
export type Fault = (call: () => Promise<unknown>) => Promise<unknown>

/** A store whose next calls can be made to fail, and which counts its requests. */
export interface FaultyStore extends Store {
  /** The next calls of an operation go through these, in order; then the store behaves again. */
  plan(operation: Operation, ...faults: readonly Fault[]): void
  readonly calls: Record<Operation, number>
  /** All requests so far. */
  requests(): number
}

/** The request is carried out, its answer gets lost. */
export const replyLost: Fault = async (call) => {
  await call()
  throw new Error('socket hang up')
}

/** The request is lost before it is carried out. */
export const requestLost: Fault = async () => {
  throw new Error('connect ECONNRESET')
}

/** The request is carried out, and never answered. */
export const hangs: Fault = async (call) => {
  await call()
  return new Promise(() => {})
}

/** Runs something first, then the call. */
export function after(first: () => Promise<unknown>): Fault {
  return async (call) => {
    await first()
    return call()
  }
}

/** Wraps a store. */
export function faultyStore(store: Store): FaultyStore {
  const planned: Record<Operation, Fault[]> = {
    append: [],
    recover: [],
    range: [],
    saveSnapshot: [],
    findCommandId: [],
  }
  const calls: Record<Operation, number> = {
    append: 0,
    recover: 0,
    range: 0,
    saveSnapshot: 0,
    findCommandId: 0,
  }

  async function through<Answer>(operation: Operation, call: () => Promise<Answer>): Promise<Answer> {
    calls[operation] += 1
    const fault = planned[operation].shift()
    return fault === undefined ? call() : ((await fault(call)) as Answer)
  }

  return {
    limits: store.limits,
    recordBytes: (...args) => store.recordBytes(...args),
    append: (...args) => through('append', () => store.append(...args)),
    recover: (...args) => through('recover', () => store.recover(...args)),
    range: (...args) => through('range', () => store.range(...args)),
    saveSnapshot: (...args) => through('saveSnapshot', () => store.saveSnapshot(...args)),
    findCommandId: (...args) => through('findCommandId', async () => store.findCommandId?.(...args)),
    plan: (operation, ...faults) => void planned[operation].push(...faults),
    calls,
    requests: () => Object.values(calls).reduce((sum, count) => sum + count),
  }
}
