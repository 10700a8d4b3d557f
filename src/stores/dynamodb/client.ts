import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'

/** Options of {@link dynamoDbClient}. */
export interface DynamoDbClientOptions {
  /** As `eu-central-1`. Default: what the SDK finds, `AWS_REGION` first. */
  readonly region?: string
  /** Address instead of AWS's own, as `http://127.0.0.1:8000` for DynamoDB Local. */
  readonly endpoint?: string
  /** Default: what the SDK finds in the environment. */
  readonly credentials?: NonNullable<DynamoDBClientConfig['credentials']>
  /** Milliseconds until a connection must stand. Default 1,000. */
  readonly connectionTimeoutMs?: number
  /** Milliseconds until the answer must begin, and between its parts. Default 3,000. */
  readonly requestTimeoutMs?: number
  /**
   * Attempts of one request inside the SDK. Default 1: the engine tries again by itself within the time the command
   * has, and only a single attempt lets a refusal prove that nothing was written. Programs that use a store without
   * an engine may want 3.
   */
  readonly maxAttempts?: number
}

/**
 * A client with the timeouts that the SDK leaves out, enforced; its connections are kept alive. Make one a process,
 * outside the handler. Whoever makes it may `destroy()` it.
 */
export function dynamoDbClient(options: DynamoDbClientOptions = {}): DynamoDBClient {
  const { region, endpoint, credentials, maxAttempts = 1 } = options
  const { connectionTimeoutMs = 1_000, requestTimeoutMs = 3_000 } = options
  return new DynamoDBClient({
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    maxAttempts,
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // Without it the SDK only logs a warning and goes on waiting.
      throwOnRequestTimeout: true,
      // The request timeout ends with the first byte of the answer.
      socketTimeout: requestTimeoutMs,
    },
  })
}
