export { checkHistory, type Violation } from './check.ts'
export { type History, type Invocation, runHistory, simulatedRecordBytes } from './history.ts'
export type { FaultClass, Plan } from './plan.ts'
export { type FoundViolation, simulate, type SimulateOptions, type SimulationReport } from './simulate.ts'
