import type { DynamoDbClientOptions } from '../stores/dynamodb/client.ts'
import type { TableArguments } from './arguments.ts'

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/

/**
 * How to reach the DynamoDB of a command line. A DynamoDB Local on this machine takes any credentials and region, but
 * wants some, and keeps a database for each pair: without settings of AWS the pair is that of `npm start`.
 */
export function clientOptions(
  { endpoint, region }: Pick<TableArguments, 'endpoint' | 'region'>,
  env: NodeJS.ProcessEnv,
): DynamoDbClientOptions {
  const isLocal = endpoint !== undefined && loopback.test(new URL(endpoint).hostname)
  const localRegion = isLocal && !env['AWS_PROFILE'] && !env['AWS_REGION'] ? 'local' : undefined
  const needsCredentials = isLocal && !env['AWS_PROFILE'] && !env['AWS_ACCESS_KEY_ID']
  const chosen = region ?? localRegion
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(chosen !== undefined && { region: chosen }),
    ...(needsCredentials && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
    // A person waits, not a function that is billed. A second attempt to create a table cannot tell who created it.
    requestTimeoutMs: 20_000,
    maxAttempts: 3,
  }
}
