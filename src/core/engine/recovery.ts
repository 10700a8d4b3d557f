import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import type { ResolvedEntity } from '../entity/entity.ts'
import type { Commit } from '../journal/commit.ts'
import type { CommitPosition, CommitRange, Journal } from '../journal/journal.ts'
import type { Warn } from './hooks.ts'
import type { Requests } from './requests.ts'
import type { Run } from './run.ts'
import { foldCommits, startView, type View } from './view.ts'

/** Reads entities: timed, repeated within the run, and without losing what was read before a fault. */
export interface Recovery {
  /** Rebuilds an entity from its newest stored state and the commits after it; as it was at `upTo`, where given. */
  recover(run: Run, upTo?: number): Promise<View>
  /** The newest commit, folding nothing. */
  head(run: Run): Promise<CommitPosition>
  /** Folds what was committed after the view. Recovers where the journal no longer holds the view's commit. */
  readOn(view: View, run: Run): Promise<View>
  /** Recovers after the journal went back in time, with a warning. */
  afterRestore(view: View, run: Run): Promise<View>
  /** The commit at a revision; `undefined` when there is none. */
  commit(entity: EntityKey, revision: number, run: Run): Promise<Commit | undefined>
  /** Pages of commits, ascending. A fault in between repeats the page, not the whole. */
  commits(entity: EntityKey, range: CommitRange, run: Run): AsyncGenerator<readonly Commit[]>
}

/** What a recovery is made of. */
export interface RecoveryOptions {
  readonly definition: ResolvedEntity
  readonly journal: Journal
  readonly requests: Requests
  /** `'ignore'` recovers from events alone. */
  readonly snapshot: 'use' | 'ignore'
  readonly warn: Warn
  /** Receives how far a recovery came that ran out of time, so that the next one need not begin again. */
  readonly keepProgress: (view: View) => void
}

/** Makes the recovery of one engine. */
export function startRecovery(options: RecoveryOptions): Recovery {
  const { definition, journal, requests, snapshot, warn, keepProgress } = options
  const { schemaVersion } = definition

  /** Folds pages; `progress` receives the view after each. */
  async function foldPages(
    start: View,
    pages: AsyncIterable<readonly Commit[]>,
    run: Run,
    progress: (view: View) => void,
    savedByWriters: boolean,
  ): Promise<View> {
    const iterator = pages[Symbol.asyncIterator]()
    let view = start
    try {
      for (;;) {
        const page = await requests.send('read commits', run, () => iterator.next())
        if (page.done === true) return view
        view = foldCommits(definition, view, page.value, savedByWriters)
        run.folded(page.value.length)
        progress(view)
      }
    } finally {
      // A page that is still on its way may fail when nobody waits for it any more.
      iterator.return?.().catch(() => {})
    }
  }

  async function firstView(run: Run, upTo: number | undefined) {
    const { entity } = run
    const found = await requests.send('recover', run, (request) =>
      journal.recover(entity, { schemaVersion, snapshot, upTo }, request),
    )
    if (found.droppedState !== undefined) {
      warn(`A stored state of ${describeEntity(entity)} was not used: ${found.droppedState}`)
    }
    return { view: startView(definition, entity, found), tail: found.tail }
  }

  async function recover(run: Run, upTo?: number): Promise<View> {
    let reached: View | undefined
    const reach = (view: View) => {
      reached = view
    }
    try {
      return await requests.repeat(run, async () => {
        if (reached === undefined || upTo !== undefined) {
          const { view, tail } = await firstView(run, upTo)
          return foldPages(view, tail, run, reach, false)
        }
        const { revision } = reached
        const pages = journal.commits(
          run.entity,
          { fromRevision: revision + 1, after: reached },
          { meter: run.meter },
        )
        return foldPages(reached, pages, run, reach, false)
      })
    } catch (error) {
      if (reached !== undefined && upTo === undefined) keepProgress(reached)
      throw error
    }
  }

  async function readOn(view: View, run: Run): Promise<View> {
    let reached = view
    return requests.repeat(run, async () => {
      const pages = await requests.send('read commits', run, (request) =>
        journal.readOn(run.entity, reached, request),
      )
      if (pages === 'behind') return afterRestore(view, run)
      return foldPages(
        reached,
        pages,
        run,
        (next) => {
          reached = next
        },
        true,
      )
    })
  }

  function afterRestore(view: View, run: Run): Promise<View> {
    warn(
      `The journal of ${describeEntity(view.entity)} went back in time: it no longer holds revision ${view.revision} as this process knew it. Was it restored from a backup? The entity was read again.`,
    )
    return recover(run)
  }

  async function* commits(
    entity: EntityKey,
    range: CommitRange,
    run: Run,
  ): AsyncGenerator<readonly Commit[]> {
    let { fromRevision, limit = Number.POSITIVE_INFINITY, after } = range
    let iterator: AsyncIterator<readonly Commit[]> | undefined
    const nextPage = () =>
      requests.repeat(run, async () => {
        iterator ??= journal
          .commits(entity, { fromRevision, limit, after }, { meter: run.meter })
          [Symbol.asyncIterator]()
        try {
          return await requests.send('read commits', run, () =>
            (iterator as AsyncIterator<readonly Commit[]>).next(),
          )
        } catch (error) {
          iterator = undefined
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
      iterator?.return?.().catch(() => {})
    }
  }

  function head(run: Run): Promise<CommitPosition> {
    const { entity } = run
    return requests.repeat(run, async () => {
      const { base, tail } = await requests.send('recover', run, (request) =>
        journal.recover(entity, {}, request),
      )
      let newest: CommitPosition = base ?? { revision: 0, sequenceNr: 0, hash: '' }
      for await (const page of tail) {
        const {
          revision,
          lastSequenceNr: sequenceNr,
          hash,
        } = page.at(-1) ?? { ...newest, lastSequenceNr: newest.sequenceNr }
        newest = { revision, sequenceNr, hash }
      }
      return newest
    })
  }

  return {
    recover,
    head,
    readOn,
    afterRestore,
    commits,
    async commit(entity, revision, run) {
      for await (const [commit] of commits(entity, { fromRevision: revision, limit: 1 }, run)) return commit
      return undefined
    },
  }
}
