export { type OpenedRowStore, type RowStoreConformanceOptions, rowStoreConformance } from './suite.ts'
