export { type RacersOptions, type RacersReport, racers } from './racers.ts'
export type { OpenAddress, StoreModule } from './task.ts'
