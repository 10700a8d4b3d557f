export { type Given, type GivenOptions, given, type When } from './given.ts'
export type { CommandResult, Expectation } from './result.ts'
