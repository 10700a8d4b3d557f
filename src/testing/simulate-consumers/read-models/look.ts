import type { Platform } from '../../../core/base/platform.ts'
import type { ViewReaders } from '../../../views/index.ts'
import type { Commits } from '../commits.ts'
import type { ConsumersPlan } from '../plan.ts'
import type { ReadModels } from './definitions.ts'
import type { WatchedReadModels } from './watch.ts'

/** What reading takes. */
export interface ReaderOptions {
  readonly plan: Pick<ConsumersPlan, 'seed' | 'spread'>
  readonly platform: Platform
  readonly commits: Commits
  readonly watched: WatchedReadModels
}

/** A commit that an answer must include. */
export interface Token {
  readonly key: string
  readonly revision: number
}

/** What one look works with. */
export interface Look extends ReaderOptions {
  readonly views: ViewReaders<readonly [ReturnType<ReadModels['steps']>, ReturnType<ReadModels['counts']>]>
  /** The versions of a read model that an answer may show at this moment. */
  readonly shown: (name: 'steps' | 'counts') => readonly number[]
  readonly whole: (below: number) => number
  readonly pick: <Item>(items: readonly Item[]) => Item
  readonly problem: (detail: string) => void
}
