import type { DynamoDbClientOptions } from '../stores/dynamodb/client.ts'
import { quoted, UsageError } from './command-line.ts'

/** Options of every command that talks to DynamoDB. */
export const dynamoDbOptions = { endpoint: { type: 'string' }, region: { type: 'string' } } as const

/** What `--help` says about them. */
export const dynamoDbUsage = `  --endpoint <address>     such as http://localhost:8000 for DynamoDB Local; default: DYNAMODB_ENDPOINT, else AWS
  --region <region>        such as eu-central-1; default: AWS_REGION, else that of your AWS profile
`

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/

/**
 * How to reach the DynamoDB of a command line. A DynamoDB Local on this machine takes any credentials and region, but
 * requires some, and keeps a database for each pair: without settings of AWS the pair is that of `npm start`.
 * Throws {@link UsageError} for an endpoint that is no address.
 */
export function clientOptions(
  flags: { readonly endpoint?: string | undefined; readonly region?: string | undefined },
  env: NodeJS.ProcessEnv,
): DynamoDbClientOptions {
  const endpoint = flags.endpoint ?? (env['DYNAMODB_ENDPOINT'] || undefined)
  if (endpoint !== undefined && !isAddress(endpoint)) {
    const name = flags.endpoint === undefined ? 'DYNAMODB_ENDPOINT' : '--endpoint'
    throw new UsageError(`${name} must be an address such as http://localhost:8000, not ${quoted(endpoint)}.`)
  }
  const isLocal = endpoint !== undefined && loopback.test(new URL(endpoint).hostname)
  const isBare = isLocal && !env['AWS_PROFILE']
  const region = flags.region ?? (isBare && !env['AWS_REGION'] ? 'local' : undefined)
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(isBare &&
      !env['AWS_ACCESS_KEY_ID'] && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
    // A person waits, not a function that is billed. A second attempt to create a table cannot tell who created it.
    requestTimeoutMs: 20_000,
    maxAttempts: 3,
  }
}

/** True for what an endpoint may be. */
export function isAddress(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text)
}
