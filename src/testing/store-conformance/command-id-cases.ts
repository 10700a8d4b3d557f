import type { Store } from '../../journal/store.ts'
import { expectEqual } from './check.ts'
import { type Check, record } from './probe.ts'

const expiresAtEpochSeconds = 4_102_444_800
const longestId = 330
const defaultMaxIds = 99

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

  'command ids are equal only if every character is, control characters included': async ({
    store,
    newKey,
  }) => {
    const key = newKey()
    const pairs = [
      ['Abc', 'abc'],
      ['c', 'c '],
      ['ü', 'u\u0308'],
      ['😀', '😁'],
      ['a\u0000b', 'a\u0000c'],
      ['\u0000', '\u0001'],
      ['\n\t\u001f\u007f', '\n\t\u001f'],
      [`${'i'.repeat(longestId - 1)}1`, `${'i'.repeat(longestId - 1)}2`],
    ] as const
    for (const [index, [name, other]] of pairs.entries()) {
      await store.append(key, index + 1, record(index + 1), { ids: [id(name)] })
      expectEqual(`id ${JSON.stringify(name).slice(0, 40)}`, await find(store, key, name), index + 1)
      expectEqual(`id ${JSON.stringify(other).slice(0, 40)}`, await find(store, key, other), undefined)
    }
  },

  'as many command ids as the limits say are recorded with one commit': async ({ store, newKey }) => {
    const key = newKey()
    const { maxCommandIds = defaultMaxIds } = store.limits
    const names = Array.from({ length: maxCommandIds }, (_, index) => `\u0000 / ü ${index}`.padEnd(200, 'i'))
    expectEqual('append', await store.append(key, 1, record(1), { ids: names.map(id) }), { kind: 'appended' })
    const found = await Promise.all(names.map((name) => find(store, key, name)))
    expectEqual(
      'revisions',
      found,
      names.map(() => 1),
    )
  },

  'a command id is found by another connection at once': async (probe) => {
    const other = await probe.another()
    const key = probe.newKey()
    for (let revision = 1; revision <= 4; revision++) {
      await probe.store.append(key, revision, record(revision), { ids: [id(`c${revision}`)] })
      expectEqual('revision', await find(other, key, `c${revision}`), revision)
    }
  },

  'a command id that is recorded again is found at its newest revision': async ({ store, newKey }) => {
    const key = newKey()
    const again = { ...id('c'), expiresAtEpochSeconds: expiresAtEpochSeconds + 1 }
    await store.append(key, 1, record(1), { ids: [id('c')] })
    expectEqual('append with the same id', await store.append(key, 2, record(2), { ids: [again] }), {
      kind: 'appended',
    })
    expectEqual('revision', await find(store, key, 'c'), 2)
  },

  'a sweep, where it is offered, removes expired command ids alone': async ({ store, newKey }) => {
    if (store.sweep === undefined) return
    const key = newKey()
    const now = Math.floor(Date.now() / 1_000)
    const expired = { commandId: 'expired', expiresAtEpochSeconds: now - 1_000 }
    await store.append(key, 1, record(1), { ids: [expired, id('valid')] })
    await store.sweep(now)
    expectEqual('the expired id', await find(store, key, 'expired'), undefined)
    expectEqual('the valid id', await find(store, key, 'valid'), 1)
    expectEqual('commits', (await store.range(key, 1, 10)).commits.length, 1)
  },
}

function id(commandId: string) {
  return { commandId, expiresAtEpochSeconds }
}

async function find(store: Store, key: string, commandId: string): Promise<number | undefined> {
  if (store.findCommandId === undefined) throw new Error('The store does not offer findCommandId.')
  return store.findCommandId(key, commandId)
}
