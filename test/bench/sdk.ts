import { createRequire } from 'node:module'
import type * as Sdk from '@aws-sdk/client-dynamodb'
import type * as Util from '@aws-sdk/util-dynamodb'
import { dynamoDbClient } from '../../src/stores/dynamodb/index.ts'

// The copy that src/ uses, not the one beside the peers: both sides of a comparison run the same compiled code.
const fromRoot = createRequire(new URL('../../package.json', import.meta.url))

/** The AWS SDK of the root. */
export const sdk = fromRoot('@aws-sdk/client-dynamodb') as typeof Sdk

/** Reads an item of the SDK's form into a plain object, as lib-dynamodb does. */
export const { unmarshall } = fromRoot('@aws-sdk/util-dynamodb') as typeof Util

/** What the clients of all contenders have in addition to their defaults. */
export function localConfig(endpoint: string) {
  return { endpoint, region: 'local', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } }
}

/** `'default'`: the SDK's own. `'tuned'`: what `dynamoDbClient()` makes. */
export type ClientKind = 'default' | 'tuned'

/** Answers requests within the process. */
export interface Transport {
  handle(request: {
    readonly headers: Readonly<Record<string, string>>
    readonly body: Uint8Array
  }): Promise<{
    readonly response: {
      readonly statusCode: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: Buffer
    }
  }>
}

/** A client that reaches no network: the transport answers, and everything else is the SDK's. */
export function clientOn(kind: ClientKind, { handle }: Transport): Sdk.DynamoDBClient {
  const config = localConfig('http://127.0.0.1:1')
  const client = kind === 'tuned' ? dynamoDbClient(config) : new sdk.DynamoDBClient(config)
  const requestHandler = { metadata: { handlerProtocol: 'http/1.1' }, handle, destroy() {} }
  client.config.requestHandler = requestHandler as never
  return client
}
