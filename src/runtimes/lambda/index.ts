export * from './handler.ts'
export { jwtClaims } from './jwt-claims.ts'
