export * from './handler.ts'
export type { LambdaResponse } from './response.ts'
export { jwtClaims } from './jwt-claims.ts'
export * from './stream-handler.ts'
