import { readCommits } from '../../consumers/missing-commits.ts'
import type { RequestOptions } from '../../core/base/cost.ts'
import { checkNames } from '../../core/base/check-options.ts'
import { checkEntityId, checkTenant } from '../../core/base/entity-key.ts'
import type { Platform } from '../../core/base/platform.ts'
import type { Journal } from '../../core/journal/journal.ts'
import { storeKey } from '../../journal/key.ts'
import { readRows } from '../../journal/read-rows.ts'
import type { StoredRow } from '../../journal/row-store.ts'
import type { EntityPosition } from '../position.ts'
import { queryNames, readNames } from '../view-read.ts'
import { lagOf } from '../lag.ts'
import { queryView } from '../query-view.ts'
import type { AnswerReads, StartReads } from '../retried-reads.ts'
import { positionsIn, rowQuery } from '../row-query.ts'
import { changesOf } from './fold.ts'
import { mergeParts, partKeys, projectedKey, rowKeyOf } from './projected-row.ts'
import type { ProjectedRow, ProjectionReader } from './projection-read.ts'
import type { ProjectionShape } from './projection-shape.ts'
import { waitForPositions } from './wait-for-positions.ts'

/** What reading a projection takes. */
export interface ReadProjection {
  readonly projection: ProjectionShape
  readonly startReads: StartReads
  /** Says which rows a commit changes. */
  readonly journal: Journal
  readonly platform: Platform
}

/** The reader of one projection. */
export function projectionReader(read: ReadProjection): ProjectionReader {
  const { projection, platform } = read
  const { id } = projection
  return {
    async get(rowKey, given = {}) {
      checkNames(`get of ${projection.name}`, given, readNames)
      const { tenant, after, deadline, ...request } = given
      checkTenant(tenant)
      checkEntityId(rowKey)
      const positions = positionsIn(projection.entityTypes, { tenant, after })
      const reads = read.startReads(deadline)
      await waitForPositions({ id, reads, platform }, positions, request)
      const consistency = positions.length === 0 ? 'eventual' : 'strong'
      const parts = await readRows(reads.rows, partKeys(projection, tenant, rowKey), {
        ...request,
        consistency,
      })
      const merged = mergeParts(projection, tenant, rowKey, parts)
      if (merged === undefined) return undefined
      const { revision, value: row, asOf } = merged
      return { key: rowKey, revision, row, ...lagOf(platform, asOf) }
    },

    async query(indexName, value, given = {}) {
      checkNames(`query of ${projection.name}`, given, queryNames)
      const { tenant, after, deadline, from: _from, to: _to, order: _order, limit: _limit, ...rest } = given
      const { cursor, ...request } = rest
      const query = rowQuery(projection, indexName, value, given)
      const positions = positionsIn(projection.entityTypes, { tenant, after })
      const reads = read.startReads(deadline)
      await waitForPositions({ id, reads, platform }, positions, request)
      const fresh = rowsChangedBy(read, reads, positions, request)
      const { asOf, ...page } = await queryView(
        { rows: reads.rows, platform },
        query,
        { cursor, fresh },
        request,
      )
      return { ...page, ...lagOf(platform, asOf), rows: page.rows.flatMap(shown) }
    },
  }
}

function shown({ key, revision, value }: StoredRow): ProjectedRow[] {
  return value === undefined ? [] : [{ key: rowKeyOf(key), revision: revision + 1, row: value }]
}

/** The rows that some commits changed, as they are now: an index may not show them for a second. */
async function rowsChangedBy(
  { projection, journal }: ReadProjection,
  { rows, repeat }: AnswerReads,
  positions: readonly EntityPosition[],
  request: RequestOptions,
): Promise<ReadonlyMap<string, StoredRow>> {
  const changed = await Promise.all(
    positions.map(async ({ revision, ...entity }) => {
      const commits = await repeat('read commits', request, (own) =>
        readCommits(journal, entity, Math.max(1, revision), 1, own),
      )
      return commits
        .flatMap((commit) => changesOf(projection, storeKey(entity), entity, commit, false))
        .map(({ meta }) => projectedKey(projection, entity.tenant, meta.rowKey))
    }),
  )
  const keys = [...new Set(changed.flat())]
  const found = new Map<string, StoredRow>()
  for (const row of await readRows(rows, keys, request)) if (row !== undefined) found.set(row.key, row)
  return found
}
