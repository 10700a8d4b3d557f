/** A request as a client sends it. Shape: `{ method: 'POST', path: '/account/a%2Fb/Deposit', body: '{"amount":100}' }`. */
export interface WireRequest {
  readonly method: string
  /** Percent-encoded, without the query. */
  readonly path: string
  /** Without the `?`. */
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Shape: `['session=abc', 'theme=dark']`. */
  readonly cookies?: readonly string[]
  /** Text arrives as text, bytes in base64. */
  readonly body?: string | Uint8Array
}

/** A request to API Gateway, with what its authorizer found out. */
export interface GatewayRequest extends WireRequest {
  /**
   * The claims of a verified token, as API Gateway passes them on: values are text. A REST API gets them from a Cognito
   * authorizer. Shape: `{ sub: 'user-17', scope: 'read write' }`.
   */
  readonly claims?: Readonly<Record<string, string>>
}

/** How both payload formats hold a body. */
export interface EventBody {
  readonly body?: string | null
  readonly isBase64Encoded: boolean
}

/** The body as an event holds it. */
export function bodyFields(body: WireRequest['body']): EventBody {
  if (body === undefined) return { isBase64Encoded: false }
  return typeof body === 'string'
    ? { body, isBase64Encoded: false }
    : { body: Buffer.from(body).toString('base64'), isBase64Encoded: true }
}

/** Percent-decoded, or unchanged where that fails. */
export function decodeLoosely(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
