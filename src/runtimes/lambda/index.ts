export * from './handler.ts'
