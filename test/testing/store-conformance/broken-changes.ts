import type { Store } from 'tailfold'
import { always, type BrokenStore, in32Bits, pause } from './broken-store.ts'

/** Stores that are wrong about their feed. */
export const brokenChanges: readonly BrokenStore[] = [
  {
    what: 'passes over what becomes visible late',
    breaking() {
      // As a database that numbers rows before they are committed: the reader has passed the number when the row appears.
      const hidden = new Set<string>()
      return (sound) => ({
        ...sound,
        async append(key, revision, record, request) {
          const place = `${key} ${revision}`
          hidden.add(place)
          const result = await sound.append(key, revision, record, request)
          await pause(revision % 3)
          hidden.delete(place)
          return result
        },
        changes: withChanges(sound, (changes) =>
          changes.filter(({ key, revision }) => !hidden.has(`${key} ${revision}`)),
        ),
      })
    },
    fails: ['no append is passed over while writers race and a reader follows'],
  },
  {
    what: 'uses the position of a removed commit again',
    breaking: always(withPositions(({ positions }, key) => positions.filter((each) => each.key !== key))),
    fails: ['what is appended after commits were removed is not passed over'],
  },
  {
    what: 'takes a cursor of another database',
    breaking: always((sound) => ({
      ...sound,
      changes: async (cursor, limit, request) => {
        const { cursor: own } = (await sound.changes?.(undefined, 1, request)) ?? { cursor: '' }
        const from = cursor === undefined ? undefined : `${own.split('.')[0]}.${cursor.split('.')[1]}`
        return sound.changes?.(from, limit, request) ?? Promise.reject(new Error('no changes'))
      },
    })),
    fails: ['a cursor of another database is feed-lost'],
  },
  {
    what: 'begins its feed when it is first read',
    breaking() {
      let from: string | undefined
      return (sound) => ({
        ...sound,
        async changes(cursor, limit, request) {
          from ??= await endOf(sound)
          return (
            (await sound.changes?.(cursor ?? from, limit, request)) ?? Promise.reject(new Error('no changes'))
          )
        },
      })
    },
    fails: ['a feed begins with what was appended before anybody read it'],
  },
  {
    what: 'says that there is no more after each page',
    breaking: always((sound) => ({
      ...sound,
      changes: async (...args) => ({ ...(await pageOf(sound, ...args)), more: false }),
    })),
    fails: ['a page has at most as many changes as asked for, and says when there are more'],
  },
  {
    what: 'ends a page of changes at 1 MB and does not say that there are more',
    breaking: always((sound) => ({
      ...sound,
      async changes(cursor, limit, request) {
        const page = await pageOf(sound, cursor, limit, request)
        let bytes = 0
        const fits = page.changes.findIndex((change) => (bytes += JSON.stringify(change).length) > 1_000_000)
        return fits <= 0 ? page : { ...(await pageOf(sound, cursor, fits, request)), more: false }
      },
    })),
    fails: ['changes of 3 MB are read to their end'],
  },
  {
    what: 'reads numbers of a change as 32 bits',
    breaking: always((sound) => ({
      ...sound,
      changes: withChanges(sound, (changes) =>
        changes.map((change) => ({ ...change, ...(change.record && { record: in32Bits(change.record) }) })),
      ),
    })),
    fails: ['a change brings its record as it was written, or none'],
  },
  {
    what: 'waits on although the signal was aborted before',
    breaking: always((sound) => ({
      ...sound,
      waitForChanges: async (cursor, request = {}) => {
        if (request.signal?.aborted === true) await new Promise(() => {})
        await sound.waitForChanges?.(cursor, request)
      },
    })),
    fails: ['waiting with a signal that was aborted before ends'],
  },
  {
    what: 'gives all changes on one page',
    breaking: always((sound) => ({
      ...sound,
      changes: (cursor, _limit, request) => pageOf(sound, cursor, 1_000_000, request),
    })),
    fails: ['a page has at most as many changes as asked for, and says when there are more'],
  },
  {
    what: 'gives the changes of a key newest first',
    breaking: always((sound) => ({
      ...sound,
      changes: withChanges(sound, (changes) => changes.toReversed()),
    })),
    fails: ['every append is a change with its record, in the order of its key'],
  },
  {
    what: 'announces appends that lost',
    breaking() {
      const lost: { key: string; revision: number; record: Record<string, string | number> }[] = []
      return (sound) => ({
        ...sound,
        async append(key, revision, record, request) {
          const result = await sound.append(key, revision, record, request)
          if (result.kind === 'occupied') lost.push({ key, revision, record: { ...record } })
          return result
        },
        changes: withChanges(sound, (changes) => [...lost, ...changes]),
      })
    },
    fails: ['an append that is occupied makes no new change'],
  },
  {
    what: 'skips the first change after an empty page',
    breaking: always((sound) => ({
      ...sound,
      async changes(cursor, limit, request) {
        const page = await pageOf(sound, cursor, limit, request)
        if (page.changes.length > 0) return page
        const [life, position] = page.cursor.split('.')
        return { ...page, cursor: `${life}.${Number(position) + 1}` }
      },
    })),
    fails: ['an empty page has a cursor that later appends come after'],
  },
  {
    what: 'waits for appends of its own connection alone',
    breaking: () => {
      const connections: Store[] = []
      return (sound) => {
        const waiting = new Set<() => void>()
        const connection: Store = {
          ...sound,
          async append(...args) {
            const result = await sound.append(...args)
            for (const wake of waiting) wake()
            return result
          },
          waitForChanges: () =>
            new Promise((resolve, reject) => {
              waiting.add(resolve)
              setTimeout(() => reject(new Error('nothing was appended here')), 50)
            }),
        }
        connections.push(connection)
        return connection
      }
    },
    fails: ['waiting ends with an append over any connection, and when it is aborted'],
  },
]

type Changes = NonNullable<Store['changes']>
type Page = Awaited<ReturnType<Changes>>

async function pageOf(sound: Store, ...args: Parameters<Changes>): Promise<Page> {
  const page = await sound.changes?.(...args)
  if (page === undefined) throw new Error('no changes')
  return page
}

function withChanges(sound: Store, change: (changes: Page['changes']) => Page['changes']): Changes {
  return async (...args) => {
    const page = await pageOf(sound, ...args)
    return { ...page, changes: change(page.changes) }
  }
}

async function endOf(sound: Store): Promise<string> {
  for (let cursor: string | undefined; ; ) {
    const page = await pageOf(sound, cursor, 1_000)
    ;({ cursor } = page)
    if (!page.more) return cursor
  }
}

interface Positions {
  readonly positions: readonly { readonly key: string; readonly revision: number }[]
}

/** A store that keeps positions of its own, of which `removed` leaves some when commits of a key are removed. */
function withPositions(
  removed: (state: Positions, key: string) => Positions['positions'],
): (sound: Store) => Store {
  let state: Positions = { positions: [] }
  return (sound) => ({
    ...sound,
    async append(key, revision, record, request) {
      const result = await sound.append(key, revision, record, request)
      if (result.kind === 'appended') state = { positions: [...state.positions, { key, revision }] }
      return result
    },
    async truncate(key, lastRevision, request) {
      state = { positions: removed(state, key) }
      return (await sound.truncate?.(key, lastRevision, request)) ?? 0
    },
    async changes(cursor = '0', limit) {
      const from = Number(cursor)
      const changes = state.positions.slice(from, from + limit)
      const to = from + changes.length
      return { changes, cursor: String(to), more: to < state.positions.length }
    },
  })
}
