import { isTailfoldError } from '../../core/base/errors.ts'
import { expectEqual } from './check.ts'
import { appendAll, type Check, record } from './probe.ts'

/** Cases about requests that nobody waits for any more. A store may ignore that. */
export const signalCases: Readonly<Record<string, Check>> = {
  'an append whose signal is aborted is answered with what is so, or fails': async ({ store, newKey }) => {
    const key = newKey()
    for (const when of ['before it is sent', 'after it was sent']) {
      const { commits } = await store.recover(key, 2)
      const revision = (commits[0]?.revision ?? 0) + 1
      const controller = new AbortController()
      if (when === 'before it is sent') controller.abort()
      const sent = store.append(key, revision, record(revision), { signal: controller.signal })
      controller.abort()
      const answer = await sent.then(({ kind }) => kind, whatItProves)
      const isThere = (await store.range(key, revision, 1)).commits.length === 1
      // A request that failed without a proof may be applied or not, and even later.
      if (answer !== 'unknown')
        expectEqual(`aborted ${when}, ${answer}: it is there`, isThere, answer === 'appended')
    }
  },

  'a read whose signal is aborted is answered with what is so, or fails': async ({ store, newKey }) => {
    const key = newKey()
    const [id, expiresAtEpochSeconds] = ['c', 4_102_444_800]
    await store.append(
      key,
      1,
      record(1),
      store.findCommandId && { ids: [{ commandId: id, expiresAtEpochSeconds }] },
    )
    await appendAll(store, key, 2, 3)
    await store.saveSnapshot(key, { revision: 2, schemaVersion: 1, record: record(2) })
    const reads = {
      recover: (signal?: AbortSignal) => store.recover(key, 10, { signal }),
      range: (signal?: AbortSignal) => store.range(key, 1, 10, { signal }),
      findCommandId: async (signal?: AbortSignal) => store.findCommandId?.(key, id, { signal }),
    }
    for (const [name, read] of Object.entries(reads)) {
      const expected = await read()
      const answer = await read(AbortSignal.abort()).catch(() => expected)
      expectEqual(`${name} with an aborted signal`, answer, expected)
    }
  },
}

function whatItProves(error: unknown): 'not applied' | 'unknown' {
  const isProof = isTailfoldError(error, 'store-unavailable') && error.data.applied === 'no'
  return isProof ? 'not applied' : 'unknown'
}
