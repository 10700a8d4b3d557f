export {
  type ConformanceCase,
  type OpenedStore,
  type StoreConformanceOptions,
  storeConformance,
} from './suite.ts'
