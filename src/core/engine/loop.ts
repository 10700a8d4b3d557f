import type { Batch } from './batch.ts'
import { decide } from './decide.ts'
import type { EntityJournal } from './entity-journal.ts'
import { hasReplays, isTooLate, writesNothing } from './decided.ts'
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

    // Recorded answers, and queries and rejections without an id, are true of the newest state alone.
    if (!basis.verified && (writesNothing(decided) || hasReplays(decided, basis.view))) {
      const { revision, hash } = basis.view
      basis = await journal.readOn(basis)
      // After a restore another history may have come to the same revision.
      if (basis.view.revision !== revision || basis.view.hash !== hash) continue // it moved: decide again
    }
    if (writesNothing(decided))
      return journal.keepAndAnswer(batch, decided, basis, journal.saveAfterRead(basis.view))

    const now = run.platform.now()
    if (decided.some((one) => isTooLate(one, now))) continue // no attempt begins then: decide without it

    journal.answerReplays(batch, decided, basis)
    const result = await journal.append(basis, decided) // followed to its fate, or throws outcome-unknown
    if (result.kind === 'appended') return journal.keepAndAnswer(batch, decided, basis, result.view)
    await run.backOff(basis.origin === 'warm') // throws conflict-budget-exhausted
    basis = await journal.catchUp(basis, result) // folds the winner; reads after a second loss
  }
}
