import { existsSync } from 'node:fs'
import type { Store } from '../journal/store.ts'
import { UsageError } from './command-line.ts'
import { clientOptions, isAddress } from './dynamodb.ts'

/** Where a store is, as `--store` says it. */
export type StoreUrl =
  | { readonly kind: 'sqlite'; readonly file: string }
  | {
      readonly kind: 'dynamodb'
      readonly tableName: string
      /** Address of a DynamoDB Local. Absent: that of `DYNAMODB_ENDPOINT`, else AWS. */
      readonly endpoint?: string
      readonly region?: string
      /** The table of rows beside it. Absent: `<table>-rows`. */
      readonly rowsTable?: string
    }

/** A store that a command has opened, and has to close. */
export interface OpenedStore {
  readonly store: Store
  close(): void | Promise<void>
}

/** What `--help` prints of `--store`. */
export const storeUrlHelp = `  --store <url>            where the entities are:
                             sqlite:<path>, such as sqlite:data/journal.sqlite
                             dynamodb:<table>, or dynamodb:<table>?endpoint=<address>&region=<region>; default
                             endpoint: DYNAMODB_ENDPOINT, else AWS`

const shapes = 'sqlite:<path> or dynamodb:<table>[?endpoint=<address>&region=<region>]'

/** Reads a store url. Throws {@link UsageError}. */
export function parseStoreUrl(url: string | undefined): StoreUrl {
  if (!url) throw new UsageError(`Which store? Add --store ${shapes}.`)
  const [, kind, rest = ''] = /^([a-z]+):?(.*)$/s.exec(url) ?? []
  if (kind === 'memory')
    throw new UsageError('A store in memory is gone when its process ends: it cannot be opened.')
  if (kind === 'sqlite' && rest !== '') return { kind, file: rest }
  if (kind === 'dynamodb') return parseDynamoDb(url, rest)
  throw new UsageError(`--store must be ${shapes}, not ${JSON.stringify(url)}.`)
}

function parseDynamoDb(url: string, rest: string): StoreUrl {
  const [tableName = '', query = ''] = rest.split(/\?(.*)/s)
  const options = new URLSearchParams(query)
  const known = ['endpoint', 'region', 'rows']
  const unknown = [...options.keys()].find((name) => !known.includes(name))
  if (tableName === '' || unknown !== undefined) {
    throw new UsageError(`--store must be ${shapes}, not ${JSON.stringify(url)}.`)
  }
  const endpoint = options.get('endpoint')
  const region = options.get('region')
  const rowsTable = options.get('rows')
  if (endpoint !== null && !isAddress(endpoint)) {
    throw new UsageError(
      `The endpoint of --store must be an address such as http://localhost:8000, not ${JSON.stringify(endpoint)}.`,
    )
  }
  return {
    kind: 'dynamodb',
    tableName,
    ...(endpoint && { endpoint }),
    ...(region && { region }),
    ...(rowsTable && { rowsTable }),
  }
}

/** As {@link openStore}, with the change feed of a store that has none of its own: the stream of a table. */
export async function openFollowed(
  url: StoreUrl,
  env: NodeJS.ProcessEnv,
  fromBeginning: boolean,
): Promise<OpenedStore> {
  if (url.kind === 'sqlite') return openStore(url, env)
  const { dynamoDbStreamFeed } = await import('../stores/dynamodb/streams/feed.ts')
  const { dynamoDbClient } = await import('../stores/dynamodb/client.ts')
  const { dynamoDbStore } = await import('../stores/dynamodb/store.ts')
  const { tableName } = url
  const client = dynamoDbClient(clientOptions(url, env))
  const feed = dynamoDbStreamFeed({ tableName, client, scanFirst: fromBeginning })
  return { store: { ...dynamoDbStore({ tableName, client }), ...feed }, close: () => client.destroy() }
}

/**
 * Opens a store that is there already: nothing is created. The AWS SDK and `node:sqlite` are loaded only when needed.
 * Throws {@link UsageError} on a file that does not exist, and `store-unavailable`.
 */
export async function openStore(url: StoreUrl, env: NodeJS.ProcessEnv): Promise<OpenedStore> {
  if (url.kind === 'sqlite') {
    if (!existsSync(url.file)) throw new UsageError(`There is no file ${url.file}.`)
    const { sqliteStore } = await import('../stores/sqlite/store.ts')
    const store = sqliteStore({ file: url.file })
    return { store, close: () => store.close() }
  }
  const { dynamoDbClient } = await import('../stores/dynamodb/client.ts')
  const { dynamoDbStore } = await import('../stores/dynamodb/store.ts')
  const client = dynamoDbClient(clientOptions(url, env))
  return { store: dynamoDbStore({ tableName: url.tableName, client }), close: () => client.destroy() }
}
