export * from '../../stores/cloudflare/index.ts'
export {
  type DurableObjectNamespace,
  type DurableObjectState,
  type EntityObjectClass,
  entityObject,
  entityObjects,
} from './entity-object.ts'
export { type WorkerHandler, type WorkerHandlerOptions, workerHandler } from './worker-handler.ts'
