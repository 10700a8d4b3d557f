import type { Change } from '../core/journal/journal.ts'
import type { Consumer } from './consumer.ts'
import { deliver, deliverEntity } from './deliver.ts'
import type { Delivery } from './delivery.ts'
import { type Hint, hintsOf } from './hints.ts'
import { updateState, updateStates } from './update-states.ts'

/** A delivery without its consumer, which the route adds. */
export type AnyDelivery = Omit<Delivery<Consumer>, 'consumer'>

/** How changes get to a consumer, whatever its kind. Never throws for an entity: what failed is in the tally. */
export interface DeliveryRoute {
  /** Brings it up to date with all entities of a batch. */
  batch(delivery: AnyDelivery, changes: readonly Change[]): Promise<void>
  /** Brings it up to date with one entity. */
  entity(delivery: AnyDelivery, hint: Hint): Promise<void>
}

/** The route to a consumer, by its kind: of batches, of states or of events. */
export function deliveryRoute(consumer: Consumer): DeliveryRoute {
  if ('start' in consumer) {
    const deliverBatch = consumer.start()
    return {
      batch: async (delivery, changes) =>
        deliverBatch({ ...delivery, consumer }, hintsOf(changes, consumer.entityTypes)),
      entity: async (delivery, hint) => deliverBatch({ ...delivery, consumer }, [hint]),
    }
  }
  if ('update' in consumer)
    return {
      batch: async (delivery, changes) => updateStates({ ...delivery, consumer }, changes),
      entity: async (delivery, hint) => updateState({ ...delivery, consumer }, hint),
    }
  return {
    batch: async (delivery, changes) => deliver({ ...delivery, consumer }, changes),
    entity: async (delivery, hint) => deliverEntity({ ...delivery, consumer }, hint),
  }
}
