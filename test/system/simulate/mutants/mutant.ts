/** A small break of the protocol that some test must notice. */
export interface Mutant {
  readonly name: string
  readonly changes: readonly Change[]
}

/** Replaces a text that is in a file below src exactly once. */
export interface Change {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** A mutant that changes one place. */
export function mutant(name: string, file: string, from: string, to: string): Mutant {
  return { name, changes: [{ file, from, to }] }
}
