import type { HttpRequest } from '../../http/message.ts'

/**
 * The claims of the token that API Gateway has verified: by a JWT authorizer (HTTP API, payload 2.0 and 1.0) or a
 * Cognito authorizer (REST API). `undefined` where none has let the request in. Shape: `{ sub: 'user-17', … }`; values are
 * mostly texts, for the gateway makes them so.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export function jwtClaims({
  gatewayIdentity,
}: Pick<HttpRequest, 'gatewayIdentity'>): Readonly<Record<string, unknown>> | undefined {
  const authorizer = asObject(gatewayIdentity)
  return asObject(asObject(authorizer?.['jwt'])?.['claims']) ?? asObject(authorizer?.['claims'])
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}
