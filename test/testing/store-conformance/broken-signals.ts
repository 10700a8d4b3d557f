import { storeFailure } from 'tailfold/store'
import { always, type BrokenStore } from './broken-store.ts'

const anAppend = 'an append whose signal is aborted is answered with what is so, or fails'
const aRead = 'a read whose signal is aborted is answered with what is so, or fails'

/** Stores that are wrong about requests that nobody waits for any more. */
export const brokenSignals: readonly BrokenStore[] = [
  {
    what: 'writes and says that an aborted append was not applied',
    breaking: always((sound) => ({
      ...sound,
      async append(key, revision, record, request) {
        const result = await sound.append(key, revision, record, request)
        if (request?.signal?.aborted !== true) return result
        throw storeFailure('append', 'the request was aborted', { applied: 'no' })
      },
    })),
    fails: [anAppend],
  },
  {
    what: 'says that an append is there which was aborted before it was sent',
    breaking: always((sound) => ({
      ...sound,
      async append(key, revision, record, request) {
        if (request?.signal?.aborted === true) return { kind: 'appended' }
        return sound.append(key, revision, record, request)
      },
    })),
    fails: [anAppend],
  },
  {
    what: 'recovers nothing when the signal is aborted',
    breaking: always((sound) => ({
      ...sound,
      async recover(key, limit, request) {
        if (request?.signal?.aborted === true) return { snapshot: undefined, commits: [], more: false }
        return sound.recover(key, limit, request)
      },
    })),
    fails: [aRead],
  },
  {
    what: 'ends a range early when the signal is aborted',
    breaking: always((sound) => ({
      ...sound,
      async range(key, fromRevision, limit, request) {
        const page = await sound.range(key, fromRevision, limit, request)
        return request?.signal?.aborted === true ? { commits: page.commits.slice(0, 1), more: false } : page
      },
    })),
    fails: [aRead],
  },
  {
    what: 'knows no command id when the signal is aborted',
    breaking: always((sound) => ({
      ...sound,
      findCommandId: async (key, commandId, request) =>
        request?.signal?.aborted === true ? undefined : sound.findCommandId?.(key, commandId, request),
    })),
    fails: [aRead],
  },
]
