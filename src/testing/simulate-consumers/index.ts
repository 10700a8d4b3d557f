export type { ConsumerFault } from './classes.ts'
export type { ConsumersPlan } from './plan.ts'
export {
  type ConsumersCrashReport,
  type ConsumersReport,
  type FoundConsumersViolation,
  simulateConsumerCrashes,
  simulateConsumers,
  type SimulateConsumersOptions,
} from './simulate-consumers.ts'
export type { ConsumersViolation } from './violation.ts'
