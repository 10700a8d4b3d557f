import type { Store } from 'tailfold'
import { always, type BrokenStore } from './broken-store.ts'

/** Stores that are wrong about command ids. */
export const brokenCommandIds: readonly BrokenStore[] = [
  {
    what: 'records the command ids of an append that lost',
    breaking() {
      const stray = new Map<string, number>()
      return (sound) => ({
        ...sound,
        async append(key, revision, record, request = {}) {
          for (const { commandId } of request.ids ?? []) stray.set(`${key} ${commandId}`, revision)
          return sound.append(key, revision, record, request)
        },
        findCommandId: async (key, commandId) => stray.get(`${key} ${commandId}`),
      })
    },
    fails: [
      'a command id is recorded with its commit or not at all',
      'of 16 racing appends with command ids exactly one wins, with its id',
    ],
  },
  {
    what: 'finds a command id under any key',
    breaking() {
      const ids = new Map<string, number>()
      return (sound) => ({
        ...sound,
        async append(key, revision, record, request = {}) {
          const result = await sound.append(key, revision, record, request)
          if (result.kind === 'appended')
            for (const { commandId } of request.ids ?? []) ids.set(commandId, revision)
          return result
        },
        findCommandId: async (_key, commandId) => ids.get(commandId),
      })
    },
    fails: ['a command id appended with a commit is found at its revision, for its own key only'],
  },
  {
    what: 'folds the case of command ids',
    breaking: always((sound) => withIds(sound, (commandId) => commandId.toLowerCase())),
    fails: ['command ids are equal only if every character is, control characters included'],
  },
  {
    what: 'cuts command ids at 64 characters',
    breaking: always((sound) => withIds(sound, (commandId) => commandId.slice(0, 64))),
    fails: ['command ids are equal only if every character is, control characters included'],
  },
  {
    what: 'normalises the text of command ids',
    breaking: always((sound) => withIds(sound, (commandId) => commandId.normalize())),
    fails: ['command ids are equal only if every character is, control characters included'],
  },
  {
    what: 'refuses command ids with NUL',
    breaking: always((sound) =>
      withIds(sound, (commandId) => {
        if (commandId.includes('\u0000')) throw new Error('invalid byte sequence for encoding "UTF8": 0x00')
        return commandId
      }),
    ),
    fails: [
      'command ids are equal only if every character is, control characters included',
      'as many command ids as the limits say are recorded with one commit',
    ],
  },
  {
    what: 'takes at most 24 command ids with a commit',
    breaking: always((sound) => ({
      ...sound,
      async append(key, revision, record, request) {
        if ((request?.ids?.length ?? 0) > 24) throw new Error('too many statements in a batch')
        return sound.append(key, revision, record, request)
      },
    })),
    fails: ['as many command ids as the limits say are recorded with one commit'],
  },
  {
    what: 'keeps the first revision of a command id that is recorded again',
    breaking() {
      const first = new Map<string, number>()
      return (sound) => ({
        ...sound,
        async findCommandId(key, commandId, request) {
          const place = `${key} ${commandId}`
          const found = first.get(place) ?? (await sound.findCommandId?.(key, commandId, request))
          if (found !== undefined) first.set(place, found)
          return found
        },
        async append(key, revision, record, request = {}) {
          const result = await sound.append(key, revision, record, request)
          for (const { commandId } of result.kind === 'appended' ? (request.ids ?? []) : []) {
            const place = `${key} ${commandId}`
            if (!first.has(place)) first.set(place, revision)
          }
          return result
        },
      })
    },
    fails: ['a command id that is recorded again is found at its newest revision'],
  },
  {
    what: 'refuses a command id that was recorded before',
    breaking() {
      const known = new Set<string>()
      return (sound) => ({
        ...sound,
        async append(key, revision, record, request = {}) {
          for (const { commandId } of request.ids ?? []) {
            if (known.has(`${key} ${commandId}`)) throw new Error('UNIQUE constraint failed')
            known.add(`${key} ${commandId}`)
          }
          return sound.append(key, revision, record, request)
        },
      })
    },
    fails: ['a command id that is recorded again is found at its newest revision'],
  },
  {
    what: 'sweeps command ids that have not expired',
    breaking: always((sound) => ({
      ...sound,
      sweep: async () => (await sound.sweep?.(Number.MAX_SAFE_INTEGER)) ?? 0,
    })),
    fails: ['a sweep, where it is offered, removes expired command ids alone'],
  },
  {
    what: 'sweeps by a time in milliseconds',
    breaking: always((sound) => ({
      ...sound,
      sweep: async (before) => (await sound.sweep?.(before * 1_000)) ?? 0,
    })),
    fails: ['a sweep, where it is offered, removes expired command ids alone'],
  },
]

/** Stores that are wrong about the list of keys. */
export const brokenKeys: readonly BrokenStore[] = [
  {
    what: 'lists keys in the order of their first commits',
    breaking: () => withListing((keys) => keys),
    fails: ['keys with commits are listed once each, in order, whatever they hold beside'],
  },
  {
    what: 'lists keys in the order of a language',
    breaking: () => withListing((keys) => keys.toSorted((a, b) => a.localeCompare(b, 'en'))),
    fails: ['ids of each allowed character, and with several of them, are listed in order'],
  },
  {
    what: 'lists a key for every commit',
    breaking: () => withListing((keys) => keys.flatMap((key) => [key, key]).toSorted()),
    fails: ['keys with commits are listed once each, in order, whatever they hold beside'],
  },
  {
    what: 'begins every page of keys with the last one of the page before',
    breaking: always((sound) => ({
      ...sound,
      keys: async (prefix, after, limit) =>
        (await sound.keys?.(prefix, after.slice(0, -1), limit)) ?? { keys: [], more: false },
    })),
    fails: ['a page of keys goes on after the last one of the page before'],
  },
  {
    what: 'lists at most 100 keys and does not say that there are more',
    breaking: always((sound) => ({
      ...sound,
      async keys(prefix, after, limit) {
        const page = (await sound.keys?.(prefix, after, Math.min(limit, 100))) ?? { keys: [], more: false }
        return limit > 100 ? { ...page, more: false } : page
      },
    })),
    fails: ['a page of keys that is cut short says that there are more'],
  },
  {
    what: 'lists nothing for the empty prefix',
    breaking: always((sound) => ({
      ...sound,
      keys: async (prefix, after, limit) =>
        (prefix === '' ? undefined : await sound.keys?.(prefix, after, limit)) ?? { keys: [], more: false },
    })),
    fails: ['the empty prefix lists the keys of all types, unless it is refused with TypeError'],
  },
  {
    what: 'takes _ and % of a prefix for wildcards',
    breaking() {
      const known = new Set<string>()
      return (sound) => ({
        ...sound,
        append(key, ...rest) {
          known.add(key)
          return sound.append(key, ...rest)
        },
        async keys(prefix, after, limit) {
          const like = prefix
            .replaceAll(/[.:/~-]/g, '\\$&')
            .replaceAll('_', '.')
            .replaceAll('%', '.*')
          const pattern = new RegExp(`^${like}`)
          const keys = [...known].filter((key) => pattern.test(key) && key > after).toSorted()
          return { keys: keys.slice(0, limit), more: keys.length > limit }
        },
      })
    },
    fails: ['keys of prefixes that differ in one character are not listed'],
  },
  {
    what: 'lists keys with snapshots alone',
    breaking() {
      const withSnapshots = new Set<string>()
      return (sound) => ({
        ...sound,
        saveSnapshot(key, ...rest) {
          withSnapshots.add(key)
          return sound.saveSnapshot(key, ...rest)
        },
        async keys(prefix, after, limit) {
          const { keys = [] } = (await sound.keys?.(prefix, after, limit)) ?? {}
          const more = [...withSnapshots].filter((key) => key.startsWith(prefix) && key > after)
          return { keys: [...new Set([...keys, ...more])].toSorted().slice(0, limit), more: false }
        },
      })
    },
    fails: ['a key with snapshots alone is not listed'],
  },
  {
    what: 'does not list keys with ~~',
    breaking: () => withListing((keys) => keys.filter((key) => !key.includes('~~')).toSorted()),
    fails: ['ids of each allowed character, and with several of them, are listed in order'],
  },
]

function withIds(sound: Store, change: (commandId: string) => string): Store {
  return {
    ...sound,
    async append(key, revision, record, request = {}) {
      const ids = request.ids?.map((id) => ({ ...id, commandId: change(id.commandId) }))
      return sound.append(key, revision, record, { ...request, ids })
    },
    findCommandId: async (key, commandId, request) => sound.findCommandId?.(key, change(commandId), request),
  }
}

/** A store that lists what `list` makes of its keys in the order of their first commits. */
function withListing(list: (keys: readonly string[]) => readonly string[]): (sound: Store) => Store {
  const known = new Set<string>()
  return (sound) => ({
    ...sound,
    append(key, revision, record, request) {
      known.add(key)
      return sound.append(key, revision, record, request)
    },
    async keys(prefix, after, limit) {
      const keys = list([...known].filter((key) => key.startsWith(prefix) && key > after))
      return { keys: keys.slice(0, limit), more: keys.length > limit }
    },
  })
}
