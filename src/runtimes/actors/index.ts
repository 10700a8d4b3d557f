export { ActorSystem, type ActorSystemOptions, type AskOptions } from './actor-system.ts'
export type { ActorFailure, SupervisionOptions } from './supervision.ts'
