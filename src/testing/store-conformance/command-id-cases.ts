import type { Store } from '../../journal/store.ts'
import { expectEqual } from './check.ts'
import { type Check, record } from './probe.ts'

const expiresAtEpochSeconds = 4_102_444_800

/** Cases about command ids, for stores that offer `findCommandId`. */
export const commandIdCases: Readonly<Record<string, Check>> = {
  'a command id appended with a commit is found at its revision, for its own key only': async ({
    store,
    newKey,
  }) => {
    const [key, other] = [newKey(), newKey()]
    await store.append(key, 1, record(1), { ids: [id('c1')] })
    await store.append(key, 2, record(2), { ids: [id('c2'), id('c3 / ü%')] })
    const found = await Promise.all(['c1', 'c2', 'c3 / ü%', 'c4'].map((name) => find(store, key, name)))
    expectEqual('revisions', found, [1, 2, 2, undefined])
    expectEqual('for another key', await find(store, other, 'c1'), undefined)
    const { commits } = await store.recover(key, 4)
    expectEqual(
      'commits',
      commits.map(({ revision }) => revision),
      [2, 1],
    )
  },

  'a command id is recorded with its commit or not at all': async ({ store, newKey }) => {
    const key = newKey()
    await store.append(key, 1, record(1, ' of the first'), { ids: [id('first')] })
    const lost = await store.append(key, 1, record(1, ' of the second'), { ids: [id('second')] })
    expectEqual('second append', lost.kind, 'occupied')
    expectEqual('id of the loser', await find(store, key, 'second'), undefined)
    const { commits } = await store.range(key, 1, 1)
    expectEqual('the record that is there', commits, [{ revision: 1, record: record(1, ' of the first') }])
  },

  'of 16 racing appends with command ids exactly one wins, with its id': async ({ store, newKey }) => {
    const key = newKey()
    const names = Array.from({ length: 16 }, (_, writer) => `c${writer}`)
    const results = await Promise.allSettled(
      names.map((name) => store.append(key, 1, record(1, name), { ids: [id(name)] })),
    )
    const won = names.filter((_, index) => {
      const result = results[index]
      return result?.status === 'fulfilled' && result.value.kind === 'appended'
    })
    expectEqual('winners', won.length, 1)
    const found = await Promise.all(names.map((name) => find(store, key, name)))
    expectEqual(
      'ids found',
      names.filter((_, index) => found[index] !== undefined),
      won,
    )
  },
}

function id(commandId: string) {
  return { commandId, expiresAtEpochSeconds }
}

async function find(store: Store, key: string, commandId: string): Promise<number | undefined> {
  if (store.findCommandId === undefined) throw new Error('The store does not offer findCommandId.')
  return store.findCommandId(key, commandId)
}
