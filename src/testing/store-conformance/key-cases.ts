import { storeKeyPattern } from '../../journal/store.ts'
import { expectEqual } from './check.ts'
import { type Check, type Probe, record } from './probe.ts'

/** An index may lag behind; it has to catch up within this time. */
const longestLagMs = 10_000
const pauseMs = 50

/** Cases about listing, for stores that offer `keys`. */
export const keyCases: Readonly<Record<string, Check>> = {
  'keys with commits are listed once each, in order, whatever they hold beside': async (probe) => {
    const prefix = `${probe.newKey()}/`
    const ids = ['10', '9', 'a', 'A', 'b%2Fc', '~', 'z.z']
    for (const id of ids) {
      for (const revision of [1, 2, 3]) await probe.store.append(prefix + id, revision, record(revision))
      await probe.store.saveSnapshot(prefix + id, { revision: 2, schemaVersion: 1, record: record(2) })
    }
    const expected = ids.map((id) => prefix + id).toSorted()
    expectEqual('keys', await listed(probe, prefix, expected.length), expected)
  },

  'keys of other prefixes are not listed': async (probe) => {
    const base = probe.newKey()
    const others = [`${base}/x`, `${base}0/x`, `${base}%/x`, `~${base}/x`]
    for (const key of others) await probe.store.append(key, 1, record(1))
    expectEqual('keys', await listed(probe, `${base}/`, 1), [`${base}/x`])
  },

  'keys of prefixes that differ in one character are not listed': async (probe) => {
    const base = probe.newKey()
    for (const [asked, other] of [
      ['a_b/', 'aXb/'],
      ['a%b/', 'aXYb/'],
      ['a-b/', 'a.b/'],
      ['Ab/', 'ab/'],
    ] as const) {
      for (const prefix of [asked, other]) await probe.store.append(`${base}${prefix}x`, 1, record(1))
      expectEqual('keys', await listed(probe, base + asked, 1), [`${base}${asked}x`])
    }
  },

  'a key with snapshots alone is not listed': async (probe) => {
    const prefix = `${probe.newKey()}/`
    const snapshot = { revision: 1, schemaVersion: 1, record: record(1) }
    for (const id of ['a', 'c']) await probe.store.append(prefix + id, 1, record(1))
    for (const key of [`${prefix}b`, `${prefix}a//1`]) await probe.store.saveSnapshot(key, snapshot)
    expectEqual('keys', await listed(probe, prefix, 2), [`${prefix}a`, `${prefix}c`])
  },

  'ids of each allowed character, and with several of them, are listed in order': async (probe) => {
    const prefix = `${probe.newKey()}/`
    const characters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
    const ids = [
      ...characters.filter((character) => storeKeyPattern.test(character) && character !== '/'),
      '~~',
      '~~a',
      'a~~b',
      'a--b',
      '%25',
      '::',
    ]
    for (const id of ids) await probe.store.append(prefix + id, 1, record(1))
    const expected = ids.map((id) => prefix + id).toSorted()
    expectEqual('keys', await listed(probe, prefix, expected.length), expected)
  },

  'a page of keys that is cut short says that there are more': async (probe) => {
    const prefix = `${probe.newKey()}/`
    const expected = Array.from({ length: 260 }, (_, index) => `${prefix}${1_000 + index}`)
    for (let from = 0; from < expected.length; from += 20)
      await Promise.all(expected.slice(from, from + 20).map((key) => probe.store.append(key, 1, record(1))))
    const all = async () => {
      const found: string[] = []
      for (let more = true; more; ) {
        const page = await keysOf(probe)(prefix, found.at(-1) ?? '', 1_000)
        found.push(...page.keys)
        more = page.more && page.keys.length > 0
      }
      return found
    }
    expectEqual('keys', await caughtUp(all, expected.length), expected)
  },

  'the empty prefix lists the keys of all types, unless it is refused with TypeError': async (probe) => {
    const base = probe.newKey()
    const expected = [`${base}/a`, `${base}0/a`]
    for (const key of expected) await probe.store.append(key, 1, record(1))
    const following = async () => {
      try {
        return (await keysOf(probe)('', base, 2)).keys
      } catch (error) {
        if (error instanceof TypeError) return expected
        throw error
      }
    }
    expectEqual('keys', await caughtUp(following, expected.length), expected)
  },

  'a page of keys goes on after the last one of the page before': async (probe) => {
    const prefix = `${probe.newKey()}/`
    const expected = Array.from({ length: 7 }, (_, index) => `${prefix}${index}`)
    for (const key of expected) await probe.store.append(key, 1, record(1))
    await listed(probe, prefix, expected.length)
    for (const limit of [1, 3, 7]) {
      const found: string[] = []
      for (let more = true; more && found.length < expected.length; ) {
        const page = await keysOf(probe)(prefix, found.at(-1) ?? '', limit)
        if (page.keys.length > limit) throw new Error(`keys: ${page.keys.length}, asked for ${limit}`)
        found.push(...page.keys)
        more = page.more
      }
      expectEqual(`keys in pages of ${limit}`, found, expected)
    }
    const { keys } = await keysOf(probe)(prefix, prefix.slice(0, -1), 7)
    expectEqual('keys after what comes before the prefix', keys, expected)
  },
}

/** The keys of a prefix, once there are as many as expected or the index has had its time. */
async function listed(probe: Probe, prefix: string, expected: number): Promise<readonly string[]> {
  return caughtUp(async () => (await keysOf(probe)(prefix, '', 100)).keys, expected)
}

/** What is listed, once it is as much as expected or the index has had its time. */
async function caughtUp(
  list: () => Promise<readonly string[]>,
  expected: number,
): Promise<readonly string[]> {
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    const keys = await list()
    if (keys.length >= expected || waitedMs >= longestLagMs) return keys
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

function keysOf({ store }: Probe) {
  const { keys } = store
  if (keys === undefined) throw new Error('The store offers no keys; give the reason as withoutKeys.')
  return keys.bind(store)
}
