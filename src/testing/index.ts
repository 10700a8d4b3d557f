export { type CostLimit, expectCost } from './expect-cost.ts'
export * from './given/index.ts'
export * from './lambda-events/index.ts'
export {
  type CrashReport,
  type FaultClass,
  type FoundViolation,
  type SimulateOptions,
  type SimulationReport,
  simulate,
  simulateCrashes,
  simulatedRecordBytes,
  type Violation,
} from './simulate/index.ts'
export * from './store-conformance/index.ts'
export { seededRandom, type VirtualPlatform, virtualPlatform } from './virtual-platform.ts'
