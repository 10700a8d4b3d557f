import type { ConsumersPlan } from '../plan.ts'
import { rebuildUnderFaults, type RebuildEnd, type RebuildOptions } from './rebuild.ts'

/** The rebuild of a history, and the commits that are written meanwhile. */
export interface Rebuilding {
  /** Begins it when its batch has come; true when it did. */
  beginAt(batch: number): boolean
  /** Waits until there is another commit; false when no more will come. */
  moreComes(): Promise<boolean>
  /** How it ended; `undefined` where none was begun. */
  ended(): Promise<RebuildEnd | undefined>
}

/** Prepares the rebuild of a plan. Commits are written as its pages are read, a moment later. */
export function startRebuilding(
  options: Omit<RebuildOptions, 'planned' | 'onPage'> & { readonly plan: ConsumersPlan },
): Rebuilding {
  const { plan, platform, commits, add } = options
  let end: Promise<RebuildEnd> | undefined
  let [isRunning, allWritten] = [false, false]
  let wake: () => void = () => {}

  async function write(): Promise<boolean> {
    const change = await commits.writeNext()
    if (change !== undefined && isRunning) add('rebuild-during-writes')
    if (change?.revision === 1 && isRunning) add('entity-born-during-rebuild')
    wake()
    return change !== undefined
  }

  async function run(planned: RebuildOptions['planned']): Promise<RebuildEnd> {
    isRunning = true
    const onPage = () => platform.schedule(platform.random() * 10, () => void write())
    const ended = await rebuildUnderFaults({ ...options, planned, onPage })
    isRunning = false
    while (await write());
    allWritten = true
    wake()
    return ended
  }

  return {
    beginAt(batch) {
      const { rebuild } = plan
      if (rebuild === undefined || end !== undefined || batch < rebuild.batch) return false
      end = run(rebuild)
      return true
    },
    async moreComes() {
      if (end === undefined || allWritten) return false
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      return true
    },
    ended: async () => end,
  }
}
