/** One HTTP request as a runtime hands it to an app. */
export interface HttpRequest {
  /** `'GET'`, `'POST'`, … in capitals. */
  readonly method: string
  /** As sent: still percent-encoded, starting with `/`, without the query. `/account/a%2Fb` */
  readonly path: string
  /** As sent, without the `?`; empty when there is none. */
  readonly query: string
  /** Names in lower case; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** A runtime may hand over any longer body as one of `limits.maxBodyBytes` and one more: the app refuses it unread. */
  readonly body: Uint8Array | string | undefined
  /** Milliseconds since the Unix epoch by which an answer is due. Default: now + `retry.timeoutMs`. */
  readonly deadline?: number | undefined
  /**
   * What a gateway in front has found out about the caller: on AWS `requestContext.authorizer`. Never taken from a
   * header, so `authorize` may rely on it. See `jwtClaims` of `tailfold/lambda`.
   */
  readonly gatewayIdentity?: unknown
  /** Names the request unless its `X-Request-Id` does. Default: a random one. */
  readonly requestId?: string | undefined
}

/** One HTTP response as an app hands it to a runtime. */
export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Always text: JSON. `undefined` where the response has no body. */
  readonly body: string | undefined
}
