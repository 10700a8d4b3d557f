import type { MutantSet } from '../../simulate/mutants/mutant.ts'
import { delivering } from './delivering.ts'
import { feeds } from './feeds.ts'
import { holding } from './holding.ts'

/** Mutants of consumers and feeds. `npm run simulate:consumers -- --mutants` kills every one of them. */
export const consumerMutants: MutantSet = {
  mutants: [...delivering, ...holding, ...feeds],
  worker: 'test/system/simulate-consumers/mutant-worker.ts',
  histories: 400,
  tests: ['test/consumers', 'test/runtimes/lambda/stream-handler.test.ts'],
}
