import { joinHeaders } from '../../runtimes/common/headers.ts'
import {
  bodyFields,
  decodeLoosely,
  type EventBody,
  type GatewayRequest,
  type WireRequest,
} from './wire-request.ts'

/** An event in payload format 2.0, as HTTP APIs and function URLs send it. */
export interface PayloadV2Event extends EventBody {
  readonly version: '2.0'
  readonly routeKey: string
  readonly rawPath: string
  readonly rawQueryString: string
  readonly cookies?: readonly string[]
  /** Names in lower case, repeated ones joined with commas, without cookies. */
  readonly headers: Readonly<Record<string, string>>
  /** Decoded, repeated ones joined with commas; absent without a query. */
  readonly queryStringParameters?: Readonly<Record<string, string>>
  readonly requestContext: {
    readonly accountId: string
    /** Present with `claims`. */
    readonly authorizer?: {
      readonly jwt: { readonly claims: Readonly<Record<string, string>>; readonly scopes: null }
    }
    readonly apiId: string
    readonly domainName: string
    readonly domainPrefix: string
    readonly http: {
      readonly method: string
      readonly path: string
      readonly protocol: string
      readonly sourceIp: string
      readonly userAgent: string
    }
    readonly requestId: string
    readonly routeKey: string
    readonly stage: string
    readonly time: string
    readonly timeEpoch: number
  }
}

/**
 * A request as an API Gateway HTTP API passes it to a function: the path decoded and cut at a decoded `?`, the stage in
 * front unless it is `$default`. Everything else is the same in every event.
 *
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html and
 * https://github.com/hotsock/voker vokerhttp/testdata/apigwv2-request.json, captured live
 */
export function httpApiEvent(request: GatewayRequest, stage = '$default'): PayloadV2Event {
  const prefix = stage === '$default' ? '' : `/${stage}`
  const [path = ''] = decodeLoosely(request.path).split('?', 1)
  const rawPath = prefix + path
  return {
    ...commonFields(request, 'sjzepsqsu5.execute-api.us-west-2.amazonaws.com'),
    rawPath,
    requestContext: {
      accountId: '123456789012',
      ...(request.claims && { authorizer: { jwt: { claims: request.claims, scopes: null } } }),
      apiId: 'sjzepsqsu5',
      domainName: 'sjzepsqsu5.execute-api.us-west-2.amazonaws.com',
      domainPrefix: 'sjzepsqsu5',
      http: httpFields(request, rawPath),
      requestId: 'ATfSmjLgPHcESJw=',
      routeKey: '$default',
      stage,
      time: '10/Jul/2026:19:19:05 +0000',
      timeEpoch: 1_783_711_145_766,
    },
  }
}

/**
 * A request as a Lambda function URL passes it to a function: the path as it was sent; only `requestContext.http.path`
 * is decoded. Everything else is the same in every event.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html and
 * https://github.com/hotsock/voker vokerhttp/testdata/functionurl-request.json, captured live
 */
export function functionUrlEvent(request: WireRequest): PayloadV2Event {
  const domainPrefix = '2cxn22odiwguak4feg4jtt7cwm0ziblr'
  const domainName = `${domainPrefix}.lambda-url.us-west-2.on.aws`
  return {
    ...commonFields(request, domainName),
    rawPath: request.path,
    requestContext: {
      accountId: 'anonymous',
      apiId: domainPrefix,
      domainName,
      domainPrefix,
      http: httpFields(request, decodeLoosely(request.path)),
      requestId: 'd16a6b55-dea9-4b23-8499-eb85c3d2d904',
      routeKey: '$default',
      stage: '$default',
      time: '10/Jul/2026:19:19:06 +0000',
      timeEpoch: 1_783_711_146_671,
    },
  }
}

function commonFields({ query = '', headers = {}, cookies, body }: WireRequest, host: string) {
  const { cookie, ...others } = joinHeaders(Object.entries({ host, ...headers }).flat())
  const allCookies = cookies ?? cookie?.split(/; */)
  const parameters = new URLSearchParams(query)
  const names = [...new Set(parameters.keys())]
  return {
    version: '2.0' as const,
    routeKey: '$default',
    rawQueryString: query,
    ...(allCookies && { cookies: allCookies }),
    headers: others,
    ...(names.length > 0 && {
      queryStringParameters: Object.fromEntries(
        names.map((name) => [name, parameters.getAll(name).join(',')]),
      ),
    }),
    ...bodyFields(body),
  }
}

function httpFields({ method }: WireRequest, path: string) {
  return { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'agent' }
}
