export { catchUp, type CatchUpOptions, type CatchUpProgress } from './catch-up.ts'
export {
  type BatchConsumer,
  type ConsumedEntity,
  type Consumer,
  consumer,
  type ConsumerDefinition,
  type EventConsumer,
  type EventMeta,
  type EventOfEntity,
  type StateConsumer,
  type StateUpdate,
} from './consumer.ts'
export { type Consumers, type ConsumersOptions, createConsumers, firstFailedPlace } from './consumers.ts'
export { requestCatchUp } from './feed-cursor.ts'
export { type DueCatchUpsOptions, runDueCatchUps } from './due-catch-ups.ts'
export { follow, type Following, type FollowOptions } from './follow.ts'
export {
  type HeldEntity,
  heldEntities,
  type HeldPage,
  type Release,
  retryParked,
  skipParked,
} from './held-entities.ts'
export type { FollowedJournal } from './missing-commits.ts'
export type { Hold } from './position-row.ts'
export { type Registration, registrations } from './registration.ts'
export type { ConsumerHealth, DeliverOptions, HeldOptions, HeldReport } from './running-consumer.ts'
export type { DeliveryReport, FailedEntity, ParkedEntity } from './tally.ts'
