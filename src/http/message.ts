/** One HTTP request as a runtime hands it to an app. */
export interface HttpRequest {
  /** `'GET'`, `'POST'`, … in capitals. */
  readonly method: string
  /** As sent: still percent-encoded, starting with `/`, without the query. `/account/a%2Fb` */
  readonly path: string
  /** As sent, without the `?`; empty without a query. */
  readonly query: string
  /** Names in lower case; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /**
   * The body, or a function that reads it. The app calls a function once at most, when `authorize` asks for it or has allowed
   * the request, so that a runtime need not keep the bodies of requests that are denied. `authorize` may call it at will.
   */
  readonly body: Uint8Array | string | undefined | ReadBody
  /** Milliseconds since the Unix epoch by which an answer is due. Default: now + `retry.timeoutMs`. */
  readonly deadline?: number | undefined
  /**
   * What a gateway in front knows about the caller: on AWS `requestContext.authorizer`. Never taken from a header, so
   * `authorize` may rely on it. See `jwtClaims` of `tailfold/lambda`.
   */
  readonly gatewayIdentity?: unknown
  /** Names the request unless its `X-Request-Id` does. Default: a random one. */
  readonly requestId?: string | undefined
}

/**
 * Reads a body of at most `maxBytes`. Resolves with `undefined` without a body, and with `'too-large'` as soon as the
 * body is known to be longer. Rejects when the client goes away; throws where the body cannot be had for another reason.
 */
export type ReadBody = (maxBytes: number) => Promise<Uint8Array | undefined | 'too-large'>

/** One HTTP response as an app hands it to a runtime. */
export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Always text: JSON. `undefined` where the response has no body. */
  readonly body: string | undefined
}
