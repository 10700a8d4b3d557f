/** What can go wrong with one request to the store. */
export const storeFaults = [
  'lost-before-apply',
  'applied-reply-lost',
  'applied-then-500',
  'refused-with-500',
  'throttled',
  'transaction-conflict',
  'refused-finally',
  'applied-then-final-error',
  'reply-lost-then-refused',
  'late-apply',
  'hang',
  'page-of-one',
  'snapshot-lost',
  'snapshot-stale',
] as const
export type StoreFault = (typeof storeFaults)[number]

/** What happens at a time, to a process, to its clock, or to the store. */
export const timedFaults = ['crash', 'freeze', 'clock-jump', 'code-change', 'restore'] as const
export type TimedFault = (typeof timedFaults)[number]

/** What callers do beyond sending a command once. */
export const callerClasses = [
  'repeat-now',
  'repeat-later',
  'repeat-after-period',
  'reused-id',
  'other-principal',
  'oversize',
  'read',
  'read-past',
] as const
export type CallerClass = (typeof callerClasses)[number]

/** What holds for a whole history; counted once for each history, the last five as often as it shows. */
export const circumstances = [
  'principals',
  'tenants',
  'skewed-clocks',
  'mixed-configuration',
  'four-method-journal',
  'mutating-handler',
  'slow-handler',
  'dropped-id',
  'period-read',
  'recorded-no-op',
  'stopped',
  'expected-revision',
] as const
export type Circumstance = (typeof circumstances)[number]

/** Everything that a simulation varies or breaks. */
export type FaultClass = StoreFault | TimedFault | CallerClass | Circumstance

export const faultClasses: readonly FaultClass[] = [
  ...storeFaults,
  ...timedFaults,
  ...callerClasses,
  ...circumstances,
]

/** How often each class occurred. */
export type ClassCounts = Readonly<Record<FaultClass, number>>

/** Counts classes. */
export interface Tally {
  add(of: FaultClass, times?: number): void
  readonly counts: ReadonlyMap<FaultClass, number>
}

/** Starts at 0 for every class. */
export function startTally(): Tally {
  const counts = new Map<FaultClass, number>()
  return {
    counts,
    add: (of, times = 1) => void counts.set(of, (counts.get(of) ?? 0) + times),
  }
}

/** The counts of several tallies together, every class named. */
export function sumCounts(tallies: ReadonlyArray<ReadonlyMap<FaultClass, number>>): ClassCounts {
  const sum = (of: FaultClass) => tallies.reduce((total, counts) => total + (counts.get(of) ?? 0), 0)
  return Object.fromEntries(faultClasses.map((of) => [of, sum(of)])) as Record<FaultClass, number>
}
