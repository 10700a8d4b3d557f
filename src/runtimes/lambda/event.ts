import type { HttpRequest } from '../../http/message.ts'
import { HttpProblem } from '../../http/problem/problem.ts'
import { nowhere, pathBelow } from '../common/base-path.ts'
import { joinHeaders } from '../common/headers.ts'
import { parsedBody } from '../common/parsed-body.ts'

/** Gateways and hand-made events write `null` for what is absent. */
type Maybe<Value> = Value | null | undefined
type TextMap = Maybe<Readonly<Record<string, Maybe<string>>>>
type ListMap = Maybe<Readonly<Record<string, Maybe<readonly string[]>>>>

/** The parts read of an event, in payload format 2.0 (HTTP API, function URL) or 1.0 (REST API, HTTP API). */
interface GatewayEvent {
  readonly version?: Maybe<string>
  readonly rawPath?: Maybe<string>
  readonly rawQueryString?: Maybe<string>
  readonly path?: Maybe<string>
  readonly httpMethod?: Maybe<string>
  readonly cookies?: Maybe<readonly string[]>
  readonly headers?: TextMap
  readonly multiValueHeaders?: ListMap
  readonly queryStringParameters?: TextMap
  readonly multiValueQueryStringParameters?: ListMap
  readonly body?: unknown
  readonly isBase64Encoded?: Maybe<boolean>
  readonly requestContext?: Maybe<{
    readonly http?: Maybe<{ readonly method?: Maybe<string> }>
    readonly stage?: Maybe<string>
    readonly domainName?: Maybe<string>
    readonly elb?: unknown
    readonly authorizer?: unknown
  }>
}

/**
 * Translates an event. Throws `TypeError` on an event of another kind.
 *
 * Paths: REST APIs and function URLs pass the path on as it was sent. **HTTP APIs decode it first**, so there an id with
 * `/` or `?` in it cannot be addressed. All other ids arrive intact: a `%` left in such a path is a literal one and is
 * escaped here, so that it is not decoded twice. HTTP APIs put a named stage in front of every path, even on a custom
 * domain; it is removed, and a path without it is not found. The base path mapping of a custom domain cannot be seen in
 * an event: name it as `basePath`. Only what is below it is found.
 * Source: captured events in https://github.com/hotsock/voker (vokerhttp/testdata),
 * https://github.com/fastify/aws-lambda-fastify/issues/169, https://github.com/CodeGenieApp/serverless-express/issues/465
 */
export function toRequest(event: unknown, basePath: string): HttpRequest {
  try {
    return translated((event ?? {}) as GatewayEvent, basePath)
  } catch (cause) {
    throw new TypeError(
      'Unsupported event. lambdaHandler accepts events of API Gateway HTTP APIs (payload 2.0 or 1.0), REST APIs and Lambda function URLs.',
      { cause },
    )
  }
}

function translated(gateway: GatewayEvent, basePath: string): HttpRequest {
  const { http, elb, authorizer } = gateway.requestContext ?? {}
  if (elb !== null && elb !== undefined) throw new TypeError('It comes from a load balancer.')
  const method = text('method', http?.method ?? gateway.httpMethod)
  const path = text('path', gateway.rawPath ?? gateway.path)
  const ownPath = pathOf(gateway, path, basePath) ?? nowhere
  return {
    method,
    path: isDecoded(gateway) ? ownPath.replaceAll('%', '%25') : ownPath,
    query: text('query', gateway.rawQueryString ?? queryOf(gateway)),
    headers: headersOf(gateway),
    body: bodyOf(gateway),
    ...(authorizer !== null && authorizer !== undefined && { gatewayIdentity: authorizer }),
  }
}

/** The path below the stage of an HTTP API and below the base path; `undefined` outside. */
function pathOf(
  { version, requestContext }: GatewayEvent,
  path: string,
  basePath: string,
): string | undefined {
  const stage = requestContext?.stage ?? '$default'
  const hasStage = version !== null && version !== undefined && stage !== '$default'
  const below = hasStage ? pathBelow(path, `/${stage}`) : path
  // With a base path mapping some events have the mapping in place of the stage.
  return pathBelow(below ?? (basePath === '' ? nowhere : path), basePath)
}

/** Only HTTP APIs decode; `version` is absent from the events of REST APIs. serverless-offline does not imitate it. */
function isDecoded({ version, requestContext }: GatewayEvent): boolean {
  const domainName = requestContext?.domainName ?? ''
  const keepsPath = domainName.includes('.lambda-url.') || domainName === 'offlineContext_domainName'
  return version !== null && version !== undefined && !keepsPath
}

function headersOf({ headers, multiValueHeaders, cookies }: GatewayEvent): Record<string, string> {
  const pairs = pairsOf(headers, multiValueHeaders)
  return joinHeaders(
    [...pairs, ...(cookies ?? []).map((cookie) => ['cookie', text('cookie', cookie)] as const)].flat(),
  )
}

/** Payload 1.0 has the parameters decoded; encoded again they read as they were sent. */
function queryOf({ queryStringParameters, multiValueQueryStringParameters }: GatewayEvent): string {
  const pairs = pairsOf(queryStringParameters, multiValueQueryStringParameters)
  return new URLSearchParams(pairs as [string, string][]).toString()
}

/** A map of lists has every value; the map beside it has the last of each list, or is all there is. */
function pairsOf(single: TextMap, lists: ListMap): ReadonlyArray<readonly [name: string, value: string]> {
  const inLists = Object.entries(lists ?? {}).flatMap(([name, values]) =>
    (values ?? []).map((value) => [name, value] as const),
  )
  const names = new Set(inLists.map(([name]) => name.toLowerCase()))
  const others = Object.entries(single ?? {}).flatMap(([name, value]) =>
    names.has(name.toLowerCase()) || value === null || value === undefined ? [] : [[name, value] as const],
  )
  const all = [...inLists, ...others]
  for (const [name, value] of all) text(name, value)
  return all
}

/** A part of an event that must be text. */
function text(name: string, part: unknown): string {
  if (typeof part === 'string') return part
  throw new TypeError(`Its ${name} is no text.`)
}

function bodyOf({ body: given, isBase64Encoded }: GatewayEvent): HttpRequest['body'] {
  const body = parsedBody(given)
  if (typeof body !== 'string' || typeof given !== 'string') return body
  if (isBase64Encoded === true) return fromBase64(body)
  // As bytes it is decoded as in other runtimes: without its byte order mark.
  return body.startsWith('\ufeff') ? Buffer.from(body) : body
}

/** `Buffer` skips what is no base64, so the bytes are compared with the text. */
function fromBase64(text: string): HttpRequest['body'] {
  const bytes = Buffer.from(text, 'base64')
  const unpadded = (base64: string) => base64.replace(/={1,2}$/, '')
  if (unpadded(bytes.toString('base64')) === unpadded(text)) return bytes
  return () => {
    throw new HttpProblem('malformed-json', 'The body is not base64, although the event says so.')
  }
}
