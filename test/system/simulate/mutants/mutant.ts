/** A small break of the protocol that some test must notice. */
export interface Mutant {
  readonly name: string
  readonly changes: readonly Change[]
  /** The tests that must notice it, where it is out of reach of the simulation. */
  readonly tests?: readonly string[] | undefined
}

/** Replaces a text that is in a file below src exactly once. */
export interface Change {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** Mutants, and what looks for them. */
export interface MutantSet {
  readonly mutants: readonly Mutant[]
  /** Program that takes a number of histories and prints what the first violation broke as JSON, or `null`. */
  readonly worker: string
  readonly histories: number
  /** Tests that are run when the simulation found nothing. */
  readonly tests: readonly string[]
}

/** A mutant that changes one place. */
export function mutant(
  name: string,
  file: string,
  from: string,
  to: string,
  tests?: readonly string[],
): Mutant {
  return { name, changes: [{ file, from, to }], tests }
}
