export { client } from './client.ts'
export {
  ClientError,
  type ClientErrorCode,
  type ClientErrorOf,
  isClientError,
  type ProblemFields,
  type ProblemOf,
} from './errors.ts'
export type {
  CallOptions,
  ClientOptions,
  ClientRetryOptions,
  CommandOptions,
  EventsOptions,
  Fetch,
  FetchInit,
  FetchResponse,
  ListOptions,
  RequestHeaders,
} from './options.ts'
export type { AuditEventOf, Client, EntityClient, PastState, ReadState, TypeClient } from './types.ts'
