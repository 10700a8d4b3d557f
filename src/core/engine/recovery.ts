import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import type { ResolvedEntity } from '../entity/entity.ts'
import type { Commit } from '../journal/commit.ts'
import type { CommitPosition, CommitRange, Journal } from '../journal/journal.ts'
import { readAgainIfCorrupt } from '../journal/read-again.ts'
import type { Warn } from './hooks.ts'
import { readCommits, timedPages } from './read-commits.ts'
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
  /** The commit at a revision; `undefined` beyond the newest. */
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
  /** Called with the last view of an interrupted recovery, so that the next one continues from it. */
  readonly keepProgress: (view: View, run: Run) => void
  /** Drops a warm view that the journal no longer holds. */
  readonly dropWarm: (entity: EntityKey) => void
}

/** Makes the recovery of one engine. */
export function startRecovery(options: RecoveryOptions): Recovery {
  return {
    recover: (run, upTo) => recover(options, run, upTo),
    head: (run) => readAgainIfCorrupt(() => options.requests.repeat(run, () => head(options, run))),
    readOn: (view, run) => readOn(options, view, run),
    afterRestore: (view, run) => afterRestore(options, view, run),
    commits: (entity, range, run) => readCommits(options, entity, range, run),
    async commit(entity, revision, run) {
      const range = { fromRevision: revision, limit: 1 }
      for await (const [commit] of readCommits(options, entity, range, run)) return commit
      return undefined
    },
  }
}

/** Folds pages; `reach` receives the view after each. */
async function foldPages(
  { definition, requests }: RecoveryOptions,
  start: View,
  pages: AsyncIterable<readonly Commit[]>,
  run: Run,
  reach: (view: View) => void,
  savedByWriters: boolean,
): Promise<View> {
  let view = start
  for await (const page of timedPages(requests, run, pages)) {
    view = foldCommits(definition, view, page, savedByWriters)
    run.countFolded(page.length)
    reach(view)
  }
  return view
}

async function recover(options: RecoveryOptions, run: Run, upTo?: number): Promise<View> {
  const { journal, requests, keepProgress } = options
  const { entity } = run
  let reached: View | undefined
  const reach = (view: View) => {
    reached = view
  }
  const read = () =>
    requests.repeat(run, async () => {
      if (reached !== undefined) {
        const limit = upTo === undefined ? undefined : upTo - reached.revision
        const range = { fromRevision: reached.revision + 1, limit, after: reached }
        const pages = journal.commits(entity, range, { meter: run.meter })
        return foldPages(options, reached, pages, run, reach, false)
      }
      const { view, tail } = await storedState(options, run, upTo)
      return foldPages(options, view, tail, run, reach, false)
    })
  try {
    return await readAgainIfCorrupt(() => {
      reached = undefined
      return read()
    })
  } catch (error) {
    if (reached !== undefined && upTo === undefined) keepProgress(reached, run)
    throw error
  }
}

/** The newest stored state and the commits after it. */
async function storedState(options: RecoveryOptions, run: Run, upTo: number | undefined) {
  const { definition, journal, requests, snapshot, warn } = options
  const { schemaVersion } = definition
  const { entity } = run
  const found = await requests.send('recover', run, (request) =>
    journal.recover(entity, { schemaVersion, snapshot, upTo }, request),
  )
  if (found.droppedState !== undefined) {
    warn(`A stored state of ${describeEntity(entity)} was not used: ${found.droppedState}`)
  }
  return { view: startView(definition, entity, found), tail: found.tail }
}

async function readOn(options: RecoveryOptions, view: View, run: Run): Promise<View> {
  const { journal, requests, keepProgress } = options
  let reached = view
  const reach = (next: View) => {
    reached = next
  }
  const read = () =>
    requests.repeat(run, async () => {
      const pages = await requests.send('read commits', run, (request) =>
        journal.readOn(run.entity, reached, request),
      )
      if (pages === 'unchanged') return reached
      if (pages === 'behind') return afterRestore(options, view, run)
      return foldPages(options, reached, pages, run, reach, true)
    })
  try {
    return await readAgainIfCorrupt(() => {
      reached = view
      return read()
    })
  } catch (error) {
    if (reached !== view) keepProgress(reached, run)
    throw error
  }
}

function afterRestore(options: RecoveryOptions, { entity, revision }: View, run: Run): Promise<View> {
  options.dropWarm(entity)
  options.warn(
    `The journal of ${describeEntity(entity)} went back in time: it no longer holds revision ${revision} as this process knew it. Was it restored from a backup? The entity was read again.`,
  )
  return recover(options, run)
}

async function head({ journal, requests }: RecoveryOptions, run: Run): Promise<CommitPosition> {
  const { entity } = run
  const { base, tail } = await requests.send('recover', run, (request) =>
    journal.recover(entity, {}, request),
  )
  let newest: CommitPosition = base ?? { revision: 0, sequenceNr: 0, hash: '' }
  for await (const page of timedPages(requests, run, tail)) {
    const last = page.at(-1)
    if (last !== undefined) {
      newest = { revision: last.revision, sequenceNr: last.lastSequenceNr, hash: last.hash }
    }
  }
  return newest
}
