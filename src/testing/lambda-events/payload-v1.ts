import { bodyFields, type EventBody, type GatewayRequest } from './wire-request.ts'

/** An event in payload format 1.0, as REST APIs send it. */
export interface PayloadV1Event extends EventBody {
  readonly resource: string
  readonly path: string
  readonly httpMethod: string
  /** Names as the client wrote them; of a repeated one the last. */
  readonly headers: Readonly<Record<string, string>>
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>
  readonly queryStringParameters: Readonly<Record<string, string>> | null
  readonly multiValueQueryStringParameters: Readonly<Record<string, readonly string[]>> | null
  readonly pathParameters: Readonly<Record<string, string>>
  readonly stageVariables: null
  readonly requestContext: {
    readonly accountId: string
    /** Present with `claims`. */
    readonly authorizer?: { readonly claims: Readonly<Record<string, string>> }
    readonly apiId: string
    readonly domainName: string
    readonly httpMethod: string
    readonly identity: { readonly sourceIp: string; readonly userAgent: string }
    readonly path: string
    readonly protocol: string
    readonly requestId: string
    readonly resourcePath: string
    readonly stage: string
  }
}

/**
 * A request as an API Gateway REST API passes it to a function: the path as it was sent and without the stage, parameters
 * decoded. With `basePath` it comes from a custom domain with that base path mapping, and both paths begin with it.
 * Everything else is the same in every event.
 *
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html and
 * https://github.com/hotsock/voker vokerhttp/testdata/apigwv1-request.json, captured live
 */
export function restApiEvent(
  request: GatewayRequest,
  { basePath }: { readonly basePath?: string } = {},
): PayloadV1Event {
  const names = Object.entries({
    Host: '5h7pqvr9u4.execute-api.us-west-2.amazonaws.com',
    ...request.headers,
    ...(request.cookies && { Cookie: request.cookies.join('; ') }),
  })
  const parameters = new URLSearchParams(request.query ?? '')
  const keys = [...new Set(parameters.keys())]
  const path = `${basePath ?? ''}${request.path}`
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: request.method,
    headers: Object.fromEntries(names),
    multiValueHeaders: Object.fromEntries(names.map(([name, value]) => [name, [value]])),
    queryStringParameters:
      keys.length === 0
        ? null
        : Object.fromEntries(keys.map((key) => [key, parameters.getAll(key).at(-1) ?? ''])),
    multiValueQueryStringParameters:
      keys.length === 0 ? null : Object.fromEntries(keys.map((key) => [key, parameters.getAll(key)])),
    pathParameters: { proxy: request.path.slice(1) },
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      ...(request.claims && { authorizer: { claims: request.claims } }),
      apiId: '5h7pqvr9u4',
      domainName:
        basePath === undefined ? '5h7pqvr9u4.execute-api.us-west-2.amazonaws.com' : 'api.example.com',
      httpMethod: request.method,
      identity: { sourceIp: '192.0.2.1', userAgent: 'agent' },
      path: basePath === undefined ? `/live${request.path}` : path,
      protocol: 'HTTP/1.1',
      requestId: '7c2af7db-31f3-42b5-8a6d-9ffc74e3b9e0',
      resourcePath: '/{proxy+}',
      stage: 'live',
    },
    body: null,
    ...bodyFields(request.body),
  }
}
