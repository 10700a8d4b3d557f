import { isTailfoldError } from '../../../core/base/errors.ts'
import { keyValueJournal } from '../../../journal/key-value-journal.ts'
import { readViews } from '../../../views/index.ts'
import { seededRandom } from '../../virtual-platform.ts'
import { storeKeys } from '../entities.ts'
import { readModels } from './definitions.ts'
import type { Look, ReaderOptions, Token } from './look.ts'
import { readCounts } from './read-counts.ts'
import { readSteps } from './read-steps.ts'

/** By then every reader has noticed a switch, one that waited for positions too. */
const switchedWithinMs = 9_000

/** Reads rows as callers do that know of a commit, and compares what comes with what must. */
export interface Reader {
  /** Reads rows and lists of the view and of the projection, each with positions that are drawn. */
  look(): Promise<void>
  /** Reads that were answered, and those that were refused because the rows are behind. */
  readonly count: { answered: number; behind: number }
  readonly problems: readonly string[]
}

/** Begins to read. Indexes are as late as they may be, and so are reads that need not be consistent. */
export function startReader(options: ReaderOptions): Reader {
  const { plan, platform, commits, watched } = options
  const random = seededRandom(plan.seed ^ 0x4ead)
  const whole = (below: number) => Math.floor(random() * below)
  const problems: string[] = []
  const count = { answered: 0, behind: 0 }
  const models = readModels({ code: 2, spread: plan.spread, guard: () => {} })
  const views = readViews({
    journal: keyValueJournal(commits.store),
    rows: watched.late,
    views: [models.steps(1), models.steps(2), models.counts(1), models.counts(2)],
    platform,
  })
  const look: Look = {
    ...options,
    views,
    shown(name) {
      const switched = watched.switched(name)
      if (switched === undefined) return [1]
      return platform.now() < switched + switchedWithinMs ? [1, 2] : [2]
    },
    whole,
    pick: (items) => items[whole(items.length)] as (typeof items)[number],
    problem: (detail) => void problems.push(detail),
  }

  async function attempt(read: (look: Look, token: Token) => Promise<void>, token: Token): Promise<void> {
    try {
      await read(look, token)
      count.answered += 1
    } catch (error) {
      if (isTailfoldError(error, 'view-behind')) count.behind += 1
      else problems.push(`a read failed: ${String(error)}`)
    }
  }

  return {
    problems,
    count,
    async look() {
      const there = storeKeys.filter((key) => commits.headOf(key) > 0)
      const key = look.pick(there)
      const token = { key, revision: 1 + whole(commits.headOf(key)) }
      await Promise.all([attempt(readSteps, token), attempt(readCounts, token)])
    },
  }
}
