/** What a client is made of. */
export interface ClientOptions {
  /** Where the app is served: `'https://bank.example/prod'`; `''` for the origin of the page. */
  readonly baseUrl: string
  /** Default: the global one. Give one to send cookies, or to reach an app without a network. */
  readonly fetch?: Fetch
  /** Sent with every request. A function is called before each attempt, so that a token can be renewed. */
  readonly headers?: RequestHeaders | (() => RequestHeaders | Promise<RequestHeaders>)
  readonly retry?: ClientRetryOptions
}

/** How long a client tries. */
export interface ClientRetryOptions {
  /** Requests for one call at most. Default 8; 1 never retries. */
  readonly maxAttempts?: number
  /** Milliseconds for a call, attempts and pauses together. Default 30,000. */
  readonly timeoutMs?: number
  /** Milliseconds for one request. Default 12,000: an app answers within 10,000 by default. */
  readonly requestTimeoutMs?: number
}

/** Headers by name. */
export type RequestHeaders = Readonly<Record<string, string>>

/** What one call may say. */
export interface CallOptions {
  /** Milliseconds for this call. Default: the client's `retry.timeoutMs`. */
  readonly timeoutMs?: number | undefined
  /** Ends the call; it then rejects with the signal's reason. A command may have been carried out nevertheless. */
  readonly signal?: AbortSignal | undefined
}

/** What one command may say. */
export interface CommandOptions extends CallOptions {
  /**
   * 1 to 256 visible ASCII characters; the command is carried out once under it, however often it is sent. Default: a new
   * one for each call. Give one to go on with a command whose outcome a former call did not learn. `false`: none, and
   * then nothing is retried.
   */
  readonly idempotencyKey?: string | false | undefined
  /** Carry out only at this revision, as `read` tells it; `'*'`: only if anything was written. Else `revision-mismatch`. */
  readonly ifMatch?: number | '*' | undefined
}

/** Which events to read. The options of the call hold for each page. */
export interface EventsOptions extends CallOptions {
  /** Only events after this sequence number. Default 0: all. */
  readonly after?: number
  /** Events for each request: 1 to 1,000. Default: the server's, 100. */
  readonly pageSize?: number
}

/** What a client needs of `fetch`. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>

/** One request. */
export interface FetchInit {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
  /** Aborted when the time of the request is up; `fetch` must then reject. */
  readonly signal: AbortSignal
}

/** What a client needs of a `Response`. */
export interface FetchResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
}
