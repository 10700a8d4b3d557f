import { createConsumers, follow } from 'tailfold/consumers'
import type { Route } from 'tailfold/http'
import { viewRoutes } from 'tailfold/views'
import { balances } from '../bank/balances.ts'
import { largeMovements } from '../bank/large-movements.ts'
import { carts } from '../cart/carts.ts'
import { turnover } from '../cart/turnover.ts'
import type { OpenJournal } from './journals.ts'

const views = [carts, balances, turnover]

/** The routes of the views, where there are rows to keep them in. */
export function servedViews({ journal, rows }: OpenJournal): readonly Route[] {
  return rows === undefined ? [] : viewRoutes({ journal, rows, views })
}

/** Follows the journal in this process, where its store has a change feed. Resolves with how to stop. */
export function startConsumers({ journal, rows, feed }: OpenJournal): () => Promise<void> {
  if (rows === undefined) return async () => {}
  const consumers = createConsumers({
    journal,
    rows,
    consumers: [largeMovements(console.log), ...views],
  })
  const following = follow(consumers, { feed })
  return () => following.stop()
}
