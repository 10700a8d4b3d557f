export { checkHistory, type Violation } from './check.ts'
export { type History, type Invocation, runHistory, simulatedRecordBytes } from './history.ts'
export type { FaultClass, Plan } from './plan.ts'
export {
  type CrashReport,
  type FoundViolation,
  type SimulateOptions,
  type SimulationReport,
  simulate,
  simulateCrashes,
} from './simulate.ts'
