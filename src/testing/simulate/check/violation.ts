/** A promise that a history breaks. */
export interface Violation {
  readonly rule: string
  readonly tenant?: string | undefined
  /** Empty where it concerns no entity. */
  readonly entityId: string
  /** Names of the operations that clash. */
  readonly operations: readonly string[]
  readonly detail: string
}

/** What is wrong with one request or commit. */
export type Problem = Pick<Violation, 'rule' | 'operations' | 'detail'>

/** Shorthand for a {@link Problem}. */
export function problem(rule: string, operations: readonly string[], detail: string): Problem {
  return { rule, operations, detail }
}
