/** A request as a client puts it on the wire. */
export interface WireRequest {
  readonly method: string
  readonly path: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

function bodyFields(body: string | Uint8Array | undefined) {
  if (body === undefined) return { isBase64Encoded: false }
  return typeof body === 'string'
    ? { body, isBase64Encoded: false }
    : { body: Buffer.from(body).toString('base64'), isBase64Encoded: true }
}

/**
 * API Gateway HTTP API, payload format 2.0: the path decoded, the stage in front unless it is `$default`.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html and
 * https://github.com/hotsock/voker vokerhttp/testdata/apigwv2-request.json, captured live
 */
export function httpApiEvent(request: WireRequest, stage = '$default') {
  const prefix = stage === '$default' ? '' : `/${stage}`
  const rawPath = prefix + decodeURIComponent(request.path)
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: request.query ?? '',
    headers: { host: 'sjzepsqsu5.execute-api.us-west-2.amazonaws.com', ...request.headers },
    requestContext: {
      accountId: '123456789012',
      apiId: 'sjzepsqsu5',
      domainName: 'sjzepsqsu5.execute-api.us-west-2.amazonaws.com',
      domainPrefix: 'sjzepsqsu5',
      http: {
        method: request.method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'agent',
      },
      requestId: 'ATfSmjLgPHcESJw=',
      routeKey: '$default',
      stage,
      time: '10/Jul/2026:19:19:05 +0000',
      timeEpoch: 1_783_711_145_766,
    },
    ...bodyFields(request.body),
  }
}

/**
 * Lambda function URL: payload format 2.0 with the path as it was sent; only `requestContext.http.path` is decoded.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html and
 * https://github.com/hotsock/voker vokerhttp/testdata/functionurl-request.json, captured live
 */
export function functionUrlEvent(request: WireRequest) {
  const domainName = '2cxn22odiwguak4feg4jtt7cwm0ziblr.lambda-url.us-west-2.on.aws'
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: request.path,
    rawQueryString: request.query ?? '',
    headers: { host: domainName, ...request.headers },
    requestContext: {
      accountId: 'anonymous',
      apiId: '2cxn22odiwguak4feg4jtt7cwm0ziblr',
      domainName,
      domainPrefix: '2cxn22odiwguak4feg4jtt7cwm0ziblr',
      http: {
        method: request.method,
        path: decodeLoosely(request.path),
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'agent',
      },
      requestId: 'd16a6b55-dea9-4b23-8499-eb85c3d2d904',
      routeKey: '$default',
      stage: '$default',
      time: '10/Jul/2026:19:19:06 +0000',
      timeEpoch: 1_783_711_146_671,
    },
    ...bodyFields(request.body),
  }
}

/**
 * API Gateway REST API, payload format 1.0: the path as it was sent and without the stage, parameters decoded, header
 * names as the client wrote them. Behind a custom domain both paths begin with the base path mapping.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html and
 * https://github.com/hotsock/voker vokerhttp/testdata/apigwv1-request.json, captured live
 */
export function restApiEvent(request: WireRequest, { basePath }: { basePath?: string } = {}) {
  const names = Object.entries({ Host: '5h7pqvr9u4.execute-api.us-west-2.amazonaws.com', ...request.headers })
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

/** What Lambda hands in beside the event. */
export function lambdaContext(remainingMs = 30_000) {
  return {
    awsRequestId: '8476a536-e9f4-11e8-9739-2dfe598c3fcd',
    functionName: 'api',
    getRemainingTimeInMillis: () => remainingMs,
  } as never
}

function decodeLoosely(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
