import type { EntityKey } from '../base/entity-key.ts'
import type { Commit } from '../journal/commit.ts'
import type { CommitRange, Journal } from '../journal/journal.ts'
import type { Requests } from './requests.ts'
import type { Run } from './run.ts'

type Pages = AsyncIterable<readonly Commit[]>

/** The same pages, each with the time-out of a request. */
export async function* timedPages(
  requests: Requests,
  run: Run,
  pages: Pages,
): AsyncGenerator<readonly Commit[]> {
  const iterator = pages[Symbol.asyncIterator]()
  try {
    for (;;) {
      const page = await requests.send('read commits', run, () => iterator.next())
      if (page.done === true) return
      yield page.value
    }
  } finally {
    // A page that is still on its way may fail when nobody waits for it any more.
    iterator.return?.().catch(() => {})
  }
}

/** Pages of commits, ascending. A fault repeats the page, not the whole. */
export async function* readCommits(
  { journal, requests }: { readonly journal: Journal; readonly requests: Requests },
  entity: EntityKey,
  range: CommitRange,
  run: Run,
): AsyncGenerator<readonly Commit[]> {
  let { fromRevision, limit = Infinity, after } = range
  const open = () =>
    timedPages(requests, run, journal.commits(entity, { fromRevision, limit, after }, { meter: run.meter }))
  let pages = open()
  const nextPage = () =>
    requests.repeat(run, async () => {
      try {
        return await pages.next()
      } catch (error) {
        pages = open()
        throw error
      }
    })
  try {
    while (limit > 0) {
      const page = await nextPage()
      const last = page.done === true ? undefined : page.value.at(-1)
      if (page.done === true || last === undefined) return
      fromRevision = last.revision + 1
      limit -= page.value.length
      after = { revision: last.revision, sequenceNr: last.lastSequenceNr, hash: last.hash }
      yield page.value
    }
  } finally {
    await pages.return(undefined)
  }
}
