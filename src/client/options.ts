/** Options of `client`. */
export interface ClientOptions {
  /** Where the app is served: `'https://bank.example/prod'`; `''` for the origin of the page. No query, no hash. */
  readonly baseUrl: string
  /**
   * Default: the global one. Pass your own to send cookies, or to reach an app without a network. It must not follow
   * redirects: pass `init` on, whose `redirect` is `'manual'`.
   */
  readonly fetch?: Fetch
  /**
   * Sent with every request. A function is called before each attempt, so that it can renew a token; it has the time of
   * a request, and what it throws the call rejects with.
   */
  readonly headers?: RequestHeaders | (() => RequestHeaders | Promise<RequestHeaders>)
  readonly retry?: ClientRetryOptions
}

/** How often and how long a client tries. Times are at most 2,147,483,647 (24.8 days), also when `Infinity` is given. */
export interface ClientRetryOptions {
  /** Most requests for one call. Default 8; 1 never retries. */
  readonly maxAttempts?: number
  /** Milliseconds for one call, attempts and pauses together. Default 30,000. */
  readonly timeoutMs?: number
  /** Milliseconds for one request. Default 12,000: an app answers within 10,000 by default. */
  readonly requestTimeoutMs?: number
}

/** Headers by name, or as `fetch` takes them. */
export type RequestHeaders = Readonly<Record<string, string>> | Headers

/** Options of one call. */
export interface CallOptions {
  /** Milliseconds for this call. Default: the client's `retry.timeoutMs`. */
  readonly timeoutMs?: number | undefined
  /** Ends the call, which rejects with the signal's reason. A command may have been carried out nevertheless. */
  readonly signal?: AbortSignal | undefined
}

/** Options of one command. */
export interface CommandOptions extends CallOptions {
  /**
   * The command is carried out once under its key, however often it is sent. 1 to 256 visible ASCII characters, not
   * starting with `~`. Default: a new key for each call. Pass a key that was kept, to learn the outcome of a command
   * that an earlier call, tab or page sent. `false`: no key, and no retries.
   */
  readonly idempotencyKey?: string | false | undefined
  /**
   * Carry out only at this revision (see `read`); `'*'`: only if the entity exists. Otherwise the call rejects with
   * `revision-mismatch`.
   */
  readonly ifMatch?: number | '*' | undefined
}

/** Which events to read. The options of the call apply to each page. */
export interface EventsOptions extends CallOptions {
  /** Only events after this sequence number. Default 0: all. */
  readonly after?: number
  /** Events for each request: 1 to 1,000. Default: the server's, 100. */
  readonly pageSize?: number
}

/** Which ids to list. The options of the call apply to each page. */
export interface ListOptions extends CallOptions {
  /** Only ids after this one, in the order of their percent-encoded form. Default: all. */
  readonly after?: string
  /** Ids for each request: 1 to 1,000. Default: the server's, 100. */
  readonly pageSize?: number
}

/** What a client needs of `fetch`. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>

/** One request. */
export interface FetchInit {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
  readonly redirect: 'manual'
  /** Aborted when the time of the request is up; `fetch` must then reject. */
  readonly signal: AbortSignal
}

/** What a client needs of a `Response`. */
export interface FetchResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  /** True when a redirect was followed. */
  readonly redirected?: boolean
  text(): Promise<string>
}
