export * from './store-conformance/index.ts'
