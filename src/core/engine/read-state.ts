import type { Run } from './run.ts'
import type { Shared } from './shared.ts'
import type { StateAt } from './view.ts'

/** Reads the current state of a run's entity and keeps it warm: one request, from a warm view or by recovery. */
export async function readState(
  { cache, recovery, snapshots, keep, platform }: Shared,
  start: () => Run,
): Promise<StateAt> {
  const run = start()
  const warm = cache.get(run.entity)
  const comparedAt = platform.now()
  const newest = warm === undefined ? await recovery.recover(run) : await recovery.readOn(warm.view, run)
  const view = snapshots.saveIfDueAfterRead(newest)
  if (view === warm?.view) warm.comparedAt = comparedAt
  else keep({ view, comparedAt, readsFirst: warm?.readsFirst ?? 0 }, run)
  const { revision, sequenceNr, state } = view
  return { revision, sequenceNr, state }
}
