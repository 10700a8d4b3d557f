import type { MutantSet } from '../../simulate/mutants/mutant.ts'
import { delivering } from './delivering.ts'
import { feeds } from './feeds.ts'
import { holding } from './holding.ts'
import { readsAndRebuilds } from './reads-and-rebuilds.ts'
import { rows } from './rows.ts'

/** Mutants of consumers, feeds, views and projections. `npm run simulate:consumers -- --mutants` kills every one of them. */
export const consumerMutants: MutantSet = {
  mutants: [...delivering, ...holding, ...feeds, ...rows, ...readsAndRebuilds],
  worker: 'test/system/simulate-consumers/mutant-worker.ts',
  histories: 400,
  tests: ['test/consumers', 'test/views', 'test/runtimes/lambda/stream-handler.test.ts'],
}
