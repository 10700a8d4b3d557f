import type { Batch } from './batch.ts'
import { decide } from './decide.ts'
import type { EntityJournal } from './entity-journal.ts'
import { allReplayed, writesNothing } from './decided.ts'
import type { Run } from './run.ts'

/**
 * The whole protocol: recover, decide, append; when another writer won, fold its commit and decide again. Nobody is
 * answered before the decision is durable or, where it writes nothing, verified against the journal. Throws the error
 * that ends the batch; commands that were answered or deferred before are not affected.
 */
export async function carryOut(batch: Batch, journal: EntityJournal, run: Run): Promise<void> {
  let basis = await journal.start(batch.commands()) // fresh warm | assumed new | stale warm, read on | recovered
  while (batch.dropExpired()) {
    basis = await journal.lookUp(basis, batch)
    const decided = await decide(basis.view, batch, run, journal)
    if (decided.some(({ command }) => command.answered())) continue // timed out meanwhile: decide without it

    if (writesNothing(decided)) {
      // Queries, rejections without an id: true of the newest state alone. Replays stay true whatever follows.
      const latest = basis.verified || allReplayed(decided) ? basis : await journal.readOn(basis)
      const { revision, hash } = latest.view
      // After a restore another history may have come to the same revision.
      if (revision === basis.view.revision && hash === basis.view.hash)
        return journal.keepAndAnswer(batch, decided, latest, journal.saveAfterRead(latest.view))
      basis = latest // it moved: decide again
      continue
    }

    journal.answerReplays(batch, decided, basis)
    basis = { ...basis, view: journal.saveIfDue(basis.view) } // beside the append, never awaited
    const result = await journal.append(basis, decided) // followed to its fate, or throws outcome-unknown
    if (result.kind === 'appended') return journal.keepAndAnswer(batch, decided, basis, result.view)
    await run.backOff(basis.origin === 'warm') // throws conflict-budget-exhausted
    basis = await journal.catchUp(basis, result) // folds the winner; reads after a second loss
  }
}
