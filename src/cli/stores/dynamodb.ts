import { UsageError } from '../command-line.ts'
import { clientOptions, isAddress } from '../dynamodb.ts'
import type { Database } from './database.ts'

/** `dynamodb:bank?endpoint=http://localhost:8000&region=eu-central-1`. */
export interface DynamoDbUrl {
  readonly kind: 'dynamodb'
  readonly tableName: string
  /** Address of a DynamoDB Local. Absent: that of `DYNAMODB_ENDPOINT`, else AWS. */
  readonly endpoint?: string
  readonly region?: string
  /** The table of rows beside it. Absent: `<table>-rows`. */
  readonly rowsTable?: string
}

const known = ['endpoint', 'region', 'rows']
const rowsTableOf = ({ tableName, rowsTable }: DynamoDbUrl) => rowsTable ?? `${tableName}-rows`

/** A table in AWS or DynamoDB Local; rows are in a table of their own. */
export const dynamodb: Database<DynamoDbUrl> = {
  shape: 'dynamodb:<table>[?endpoint=<address>&region=<region>]',
  help: [
    'dynamodb:<table>, or dynamodb:<table>?endpoint=<address>&region=<region>; default',
    'endpoint: DYNAMODB_ENDPOINT, else AWS. What consumers keep is in <table>-rows, or &rows=<table>',
  ],

  parse(url) {
    const [tableName = '', query = ''] = url.slice('dynamodb:'.length).split(/\?(.*)/s)
    const options = new URLSearchParams(query)
    if (tableName === '' || [...options.keys()].some((name) => !known.includes(name))) return undefined
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
  },

  async open(url, env) {
    const { dynamoDbClient } = await import('../../stores/dynamodb/client.ts')
    const { dynamoDbStore } = await import('../../stores/dynamodb/store.ts')
    const client = dynamoDbClient(clientOptions(url, env))
    return { store: dynamoDbStore({ tableName: url.tableName, client }), close: () => client.destroy() }
  },

  async openFollowed(url, env, fromBeginning) {
    const { dynamoDbStreamFeed } = await import('../../stores/dynamodb/streams/feed.ts')
    const { dynamoDbClient } = await import('../../stores/dynamodb/client.ts')
    const { dynamoDbStore } = await import('../../stores/dynamodb/store.ts')
    const { tableName } = url
    const client = dynamoDbClient(clientOptions(url, env))
    const feed = dynamoDbStreamFeed({ tableName, client, scanFirst: fromBeginning })
    return { store: { ...dynamoDbStore({ tableName, client }), ...feed }, close: () => client.destroy() }
  },

  async openScanned(url, env) {
    const { dynamoDbScan } = await import('../../stores/dynamodb/scan.ts')
    const { dynamoDbClient } = await import('../../stores/dynamodb/client.ts')
    const { dynamoDbStore } = await import('../../stores/dynamodb/store.ts')
    const { tableName } = url
    const client = dynamoDbClient(clientOptions(url, env))
    const feed = dynamoDbScan({ tableName, client })
    return { store: { ...dynamoDbStore({ tableName, client }), ...feed }, close: () => client.destroy() }
  },

  async openRows(url, env) {
    const { dynamoDbClient } = await import('../../stores/dynamodb/client.ts')
    const { dynamoDbRows } = await import('../../stores/dynamodb/rows/rows.ts')
    const client = dynamoDbClient(clientOptions(url, env))
    return {
      rows: dynamoDbRows({ tableName: rowsTableOf(url), client }),
      close: () => client.destroy(),
    }
  },

  async administer(url, request, env, print) {
    if (request.rows && request.action !== 'create')
      throw new UsageError('Of a DynamoDB table of rows there is only create.')
    const { carryOut } = await import('../table-actions.ts')
    const tableName = request.rows ? rowsTableOf(url) : url.tableName
    await carryOut({ ...request, tableName, client: clientOptions(url, env) }, print)
  },
}
