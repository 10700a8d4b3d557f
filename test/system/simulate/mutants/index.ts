import { deciding } from './deciding.ts'
import { ids } from './ids.ts'
import type { Mutant } from './mutant.ts'
import { storing } from './storing.ts'
import { writing } from './writing.ts'

/** The protocol's mutants. `npm run simulate -- --mutants` kills every one of them. */
export const mutants: readonly Mutant[] = [...writing, ...deciding, ...ids, ...storing]
