import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'

/** Options of {@link dynamoDbClient}. */
export interface DynamoDbClientOptions {
  /** Such as `eu-central-1`. Default: what the SDK finds, `AWS_REGION` first. */
  readonly region?: string
  /** Address instead of AWS's own, such as `http://127.0.0.1:8000` for DynamoDB Local. */
  readonly endpoint?: string
  /** Default: what the SDK finds in the environment. */
  readonly credentials?: NonNullable<DynamoDBClientConfig['credentials']>
  /** Milliseconds within which a connection must be established. Default 1,000. */
  readonly connectionTimeoutMs?: number
  /** Milliseconds within which the answer must begin, and between its parts. Default 3,000. */
  readonly requestTimeoutMs?: number
  /**
   * Attempts of one request inside the SDK. Default 1: the engine retries within the time of the command, and only a
   * single attempt lets an error of DynamoDB prove that nothing was written. Programs that use a store without an engine
   * may want 3.
   */
  readonly maxAttempts?: number
}

/**
 * A client with the timeouts that the SDK leaves out, enforced, and without the SDK's log of requests and answers; its
 * connections are kept alive. Create one per process, outside the handler. The caller owns it and may `destroy()` it.
 */
export function dynamoDbClient(options: DynamoDbClientOptions = {}): DynamoDBClient {
  const { region, endpoint, credentials, maxAttempts = 1 } = options
  const { connectionTimeoutMs = 1_000, requestTimeoutMs = 3_000 } = options
  const client = new DynamoDBClient({
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    maxAttempts,
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // Without it the SDK only logs a warning and keeps waiting.
      throwOnRequestTimeout: true,
      // The request timeout ends with the first byte of the answer.
      socketTimeout: requestTimeoutMs,
    },
  })
  // It copies every attribute of every request and answer for a logger that is not there: half the time of a replay.
  client.middlewareStack.remove('loggerMiddleware')
  return client
}
