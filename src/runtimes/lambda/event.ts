import type { HttpRequest } from '../../http/message.ts'

type TextMap = Readonly<Record<string, string | undefined>> | null | undefined
type ListMap = Readonly<Record<string, readonly string[] | undefined>> | null | undefined

/** The parts read of an event, in payload format 2.0 (HTTP API, function URL) or 1.0 (REST API, HTTP API). */
interface GatewayEvent {
  readonly version?: string
  readonly rawPath?: string
  readonly rawQueryString?: string
  readonly path?: string
  readonly httpMethod?: string
  readonly headers?: TextMap
  readonly multiValueHeaders?: ListMap
  readonly queryStringParameters?: TextMap
  readonly multiValueQueryStringParameters?: ListMap
  readonly body?: string | null
  readonly isBase64Encoded?: boolean
  readonly requestContext?: {
    readonly http?: { readonly method?: string }
    readonly stage?: string
    readonly domainName?: string
    readonly elb?: unknown
    readonly authorizer?: unknown
  }
}

/**
 * Translates an event. Throws `TypeError` on an event of another kind.
 *
 * Paths: REST APIs and function URLs hand the path over as it was sent. **HTTP APIs decode it first**, so there an id
 * with `/` or `?` in it cannot be addressed; all other ids arrive whole, for the `%` left in such a path is a literal one
 * and is escaped here, or it would be decoded twice. The stage is removed: HTTP APIs put it in front even on a custom
 * domain. The base path mapping of a REST API's custom domain is not told apart by the event: name it as `basePath`.
 * Source: captured events in https://github.com/hotsock/voker (vokerhttp/testdata),
 * https://github.com/fastify/aws-lambda-fastify/issues/169, https://github.com/CodeGenieApp/serverless-express/issues/465
 */
export function toRequest(event: unknown, basePath: string): HttpRequest {
  const gateway = (event ?? {}) as GatewayEvent
  const { rawPath, path, httpMethod, requestContext } = gateway
  const method = requestContext?.http?.method ?? httpMethod
  const fullPath = rawPath ?? path
  if (method === undefined || fullPath === undefined || requestContext?.elb !== undefined) {
    throw new TypeError(
      'This event is none that lambdaHandler takes: API Gateway HTTP API (payload 2.0 or 1.0), REST API, or Lambda function URL.',
    )
  }
  const { stage = '$default' } = requestContext ?? {}
  const withoutStage = gateway.version === undefined ? fullPath : removePrefix(fullPath, `/${stage}`)
  const ownPath = removePrefix(withoutStage, basePath)
  return {
    method,
    path: isDecoded(gateway) ? ownPath.replaceAll('%', '%25') : ownPath,
    query: gateway.rawQueryString ?? queryOf(gateway),
    headers: headersOf(gateway),
    body: bodyOf(gateway),
    ...(requestContext?.authorizer != null && { gatewayIdentity: requestContext.authorizer }),
  }
}

/** Only HTTP APIs decode; `version` is absent from the events of REST APIs. serverless-offline does not imitate it. */
function isDecoded({ version, requestContext: { domainName = '' } = {} }: GatewayEvent): boolean {
  const keepsPath = domainName.includes('.lambda-url.') || domainName === 'offlineContext_domainName'
  return version !== undefined && !keepsPath
}

function removePrefix(path: string, prefix: string): string {
  if (prefix === '' || (path !== prefix && !path.startsWith(`${prefix}/`))) return path
  return path.slice(prefix.length) || '/'
}

function headersOf({ headers, multiValueHeaders }: GatewayEvent): Record<string, string> {
  const entries = listsOf(headers, multiValueHeaders)
  return Object.fromEntries(entries.map(([name, values]) => [name.toLowerCase(), values.join(', ')]))
}

/** Payload 1.0 holds the parameters decoded; encoded again they read as they were sent. */
function queryOf({ queryStringParameters, multiValueQueryStringParameters }: GatewayEvent): string {
  const entries = listsOf(queryStringParameters, multiValueQueryStringParameters)
  const pairs = entries.flatMap(([name, values]) => values.map((value): [string, string] => [name, value]))
  return new URLSearchParams(pairs).toString()
}

/** Where there is a map of lists it has everything; the other one then holds the last of each list. */
function listsOf(single: TextMap, lists: ListMap): ReadonlyArray<readonly [string, readonly string[]]> {
  if (lists) return Object.entries(lists).map(([name, values = []]) => [name, values])
  return Object.entries(single ?? {}).map(([name, value]) => [name, value === undefined ? [] : [value]])
}

function bodyOf({ body, isBase64Encoded }: GatewayEvent): Uint8Array | string | undefined {
  if (body === null || body === undefined) return undefined
  return isBase64Encoded === true ? Buffer.from(body, 'base64') : body
}
