export { type FetchHandlerOptions, fetchHandler } from './handler.ts'
