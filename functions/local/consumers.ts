import { createConsumers, follow } from 'tailfold/consumers'
import { largeMovements } from '../bank/large-movements.ts'
import type { OpenJournal } from './journals.ts'

/** Follows the journal in this process, where its store has a change feed. Resolves with how to stop. */
export function startConsumers({ journal, rows, feed }: OpenJournal): () => Promise<void> {
  if (rows === undefined) return async () => {}
  const consumers = createConsumers({ journal, rows, consumers: [largeMovements(console.log)] })
  const following = follow(consumers, { feed })
  return () => following.stop()
}
