export type {
  EntityHistory,
  EntityStep,
  InvariantResult,
  Invariants,
} from './check/invariants.ts'
export type { Violation } from './check/violation.ts'
export type { ClassCounts, FaultClass } from './classes.ts'
export type { SimulateOptions } from './options.ts'
export type { Plan } from './plan.ts'
export type { FoundViolation, SimulationReport, UnansweredCommands } from './report.ts'
export { simulate } from './simulate.ts'
export { type CrashReport, simulateCrashes } from './simulate-crashes.ts'
export { simulatedRecordBytes } from './storage.ts'
