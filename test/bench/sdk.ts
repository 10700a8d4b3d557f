import { createRequire } from 'node:module'
import type * as Sdk from '@aws-sdk/client-dynamodb'
import type * as Util from '@aws-sdk/util-dynamodb'

// The copy that src/ uses, not the one beside the peers: both sides of a comparison run the same compiled code.
const fromRoot = createRequire(new URL('../../package.json', import.meta.url))

/** The AWS SDK of the root. */
export const sdk = fromRoot('@aws-sdk/client-dynamodb') as typeof Sdk

/** Reads an item of the SDK's form into a plain object, as lib-dynamodb does. */
export const { unmarshall } = fromRoot('@aws-sdk/util-dynamodb') as typeof Util

/** What the clients of all contenders are told besides their defaults. */
export function localConfig(endpoint: string) {
  return { endpoint, region: 'local', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } }
}
