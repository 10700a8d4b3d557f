import { UsageError } from './command-line.ts'
import { azureTable, type AzureTableUrl } from './stores/azure-table.ts'
import { d1, type D1Url } from './stores/d1.ts'
import type { Database, OpenedRows, OpenedStore } from './stores/database.ts'
import { dynamodb, type DynamoDbUrl } from './stores/dynamodb.ts'
import { libsql, type LibsqlUrl } from './stores/libsql.ts'
import { postgres, type PostgresUrl } from './stores/postgres.ts'
import { sqlite, type SqliteUrl } from './stores/sqlite.ts'

/** Where a store is, as `--store` says it. */
export type StoreUrl = SqliteUrl | DynamoDbUrl | PostgresUrl | LibsqlUrl | AzureTableUrl | D1Url

const databases: { readonly [Kind in StoreUrl['kind']]: Database<Extract<StoreUrl, { kind: Kind }>> } = {
  sqlite,
  dynamodb,
  postgres,
  libsql,
  'azure-table': azureTable,
  d1,
}

/** Other names of schemes. */
const aliases: Readonly<Record<string, StoreUrl['kind']>> = { postgresql: 'postgres' }

const shapes = Object.values(databases).map(({ shape }) => shape)

/** `a, b or c`. */
const shapesText = `${shapes.slice(0, -1).join(', ')} or ${shapes.at(-1)}`

const helpIndent = ' '.repeat(29)

/** What `--help` prints of `--store`. */
export const storeUrlHelp: string = [
  '  --store <url>            where the entities are:',
  ...Object.values(databases).flatMap(({ help }) => help.map((line) => `${helpIndent}${line}`)),
].join('\n')

/** Reads a store url. Throws {@link UsageError}. */
export function parseStoreUrl(url: string | undefined): StoreUrl {
  if (!url) throw new UsageError(`Which store? Add --store ${shapesText}.`)
  const [scheme = ''] = url.split(':')
  if (scheme === 'memory')
    throw new UsageError('A store in memory is gone when its process ends: it cannot be opened.')
  const kind = aliases[scheme] ?? scheme
  const parsed = Object.hasOwn(databases, kind) ? databases[kind as StoreUrl['kind']].parse(url) : undefined
  if (parsed === undefined)
    throw new UsageError(`--store must be ${shapesText}, not ${JSON.stringify(withoutSecrets(url))}.`)
  return parsed
}

/** What commands do with the database of a url. */
export function databaseOf(url: StoreUrl): Database<StoreUrl> {
  return databases[url.kind] as unknown as Database<StoreUrl>
}

/** Opens a journal that is there already: nothing is created. Throws {@link UsageError} and `store-unavailable`. */
export function openStore(url: StoreUrl, env: NodeJS.ProcessEnv): Promise<OpenedStore> {
  return databaseOf(url).open(url, env)
}

/** As {@link openStore}, with a change feed where the store has none of its own. */
export function openFollowed(
  url: StoreUrl,
  env: NodeJS.ProcessEnv,
  fromBeginning: boolean,
): Promise<OpenedStore> {
  return databaseOf(url).openFollowed?.(url, env, fromBeginning) ?? openStore(url, env)
}

/** As {@link openStore}, with a feed of all commits, that ends, where the store lists neither its keys nor its commits. */
export function openScanned(url: StoreUrl, env: NodeJS.ProcessEnv): Promise<OpenedStore> {
  return databaseOf(url).openScanned?.(url, env) ?? openStore(url, env)
}

/** Opens what consumers keep beside a journal. */
export function openRows(url: StoreUrl, env: NodeJS.ProcessEnv): Promise<OpenedRows> {
  return databaseOf(url).openRows(url, env)
}

/**
 * A store url for messages: without a password. One that was not percent-encoded may hold `/`, `?` and `@`, and is often why
 * the url is refused: all up to the last `@` counts as password.
 */
export function withoutSecrets(url: string): string {
  return url.replace(/^([\w-]+:[^:]*):.*@/s, '$1:***@').replace(/((?:token|password)=)[^&]*/gi, '$1***')
}
