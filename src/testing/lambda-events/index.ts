export { type InvocationContext, type InvocationOptions, invocationContext } from './invocation-context.ts'
export { type PayloadV1Event, restApiEvent } from './payload-v1.ts'
export { functionUrlEvent, httpApiEvent, type PayloadV2Event } from './payload-v2.ts'
export type { EventBody, GatewayRequest, WireRequest } from './wire-request.ts'
