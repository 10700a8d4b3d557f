export {
  type D1Answer,
  type D1Database,
  type D1Statement,
  type D1StoreOptions,
  d1Schema,
  d1Store,
} from './d1.ts'
export {
  type DurableObjectStorage,
  type DurableObjectStoreOptions,
  durableObjectStore,
} from './durable-object.ts'
export { d1Journal, durableObjectJournal } from './journal.ts'
