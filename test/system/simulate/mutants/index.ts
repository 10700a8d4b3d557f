import { deciding } from './deciding.ts'
import { ids } from './ids.ts'
import type { MutantSet } from './mutant.ts'
import { storing } from './storing.ts'
import { writing } from './writing.ts'

/** The protocol's mutants. `npm run simulate -- --mutants` kills every one of them. */
export const commandMutants: MutantSet = {
  mutants: [...writing, ...deciding, ...ids, ...storing],
  worker: 'test/system/simulate/mutant-worker.ts',
  histories: 2_000,
  tests: ['test/core', 'test/journal', 'test/runtimes/actors', 'test/testing', 'test/stores/memory'],
}
