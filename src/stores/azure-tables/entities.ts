import type { RequestOptions } from '../../core/base/cost.ts'
import type { TableClient } from './client.ts'
import type { RowRange } from './keys.ts'
import type { Entity } from './stored-form.ts'

/** Entities that one answer holds at most. Source: https://learn.microsoft.com/rest/api/storageservices/query-timeout-and-pagination */
export const maxPageEntities = 1_000

/** Where a query goes on. */
export interface Continuation {
  readonly NextPartitionKey: string
  readonly NextRowKey: string | undefined
}

/** Part of what a query finds, in the order of partition and row keys. */
export interface EntityPage {
  readonly entities: readonly Entity[]
  /** There may be more. A page can end early, even before the first entity: by bytes (4 MiB), by time, by partitions. */
  readonly next: Continuation | undefined
}

/** A query. */
export interface EntityQuery {
  /** `PartitionKey eq 'account.a'`. */
  readonly filter: string
  /** 1 to 1,000. Default: as many as a page holds. */
  readonly top?: number | undefined
  readonly select?: readonly string[]
  readonly from?: Continuation | undefined
  /** Whether each entity comes with its version, as `odata.etag`. */
  readonly versions?: boolean
}

/** Reads one page. */
export async function queryPage(
  { send, tableName }: TableClient,
  operation: string,
  { filter, top, select, from, versions = false }: EntityQuery,
  request: RequestOptions | undefined,
): Promise<EntityPage> {
  const query = {
    $filter: filter,
    $top: top === undefined ? undefined : String(top),
    $select: select?.join(','),
    ...from,
  }
  const accept = `application/json;odata=${versions ? 'minimal' : 'no'}metadata`
  const call = { method: 'GET', path: `/${tableName}()`, query, headers: { accept }, writes: 0 } as const
  const { headers, text } = await send(operation, call, request)
  const { value } = JSON.parse(text) as { readonly value: readonly Entity[] }
  const partition = headers.get('x-ms-continuation-nextpartitionkey')
  const row = headers.get('x-ms-continuation-nextrowkey') ?? undefined
  return {
    entities: value,
    next: partition === null ? undefined : { NextPartitionKey: partition, NextRowKey: row },
  }
}

/** As {@link queryPage}; goes on until there is an entity, or nothing more. */
export async function queryFilledPage(
  client: TableClient,
  operation: string,
  query: EntityQuery,
  request: RequestOptions | undefined,
): Promise<EntityPage> {
  for (let from = query.from; ; ) {
    const page = await queryPage(client, operation, { ...query, from }, request)
    if (page.entities.length > 0 || page.next === undefined) return page
    from = page.next
  }
}

/** The filter for rows of one partition. */
export function rowsOf(partition: string, { from, before }: RowRange): string {
  return `PartitionKey eq '${partition}' and RowKey ge '${from}' and RowKey lt '${before}'`
}

/** How an entity is addressed after the name of its table. No key holds a quote. */
export function entityPath({ PartitionKey, RowKey }: Entity): string {
  const [partition, row] = [PartitionKey, RowKey].map((key) => encodeURIComponent(String(key)))
  return `(PartitionKey='${partition}',RowKey='${row}')`
}
