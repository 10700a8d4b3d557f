export { type FetchContext, type FetchHandlerOptions, fetchHandler } from './handler.ts'
