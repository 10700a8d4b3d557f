import { memoryRows, type RowQuery, type RowStore, type StoredRow } from 'tailfold'
import { createHash } from 'node:crypto'

/** Rows in memory whose queries give rows of an equal sort in an order of their own, as the contract allows. */
export function tiedRows(seed: number): RowStore {
  const sound = memoryRows()
  const rank = ({ key }: StoredRow) => createHash('sha256').update(`${seed} ${key}`).digest('hex')
  const sortOf = ({ indexes }: StoredRow, { index }: RowQuery) => indexes?.[index]?.sort ?? ''
  return {
    ...sound,
    async query(query, request) {
      const { cursor, ...whole } = query
      const { rows } = await sound.query({ ...whole, limit: 1_000 }, request)
      const tied = [...Map.groupBy(rows, (row) => sortOf(row, query)).values()].flatMap((equal) =>
        equal.toSorted((one, other) => (rank(one) < rank(other) ? -1 : 1)),
      )
      const start = cursor === undefined ? 0 : tied.findIndex(({ key }) => key === cursor) + 1
      const page = tied.slice(start, start + query.limit)
      const last = page.at(-1)
      return {
        rows: page,
        ...(last !== undefined && start + page.length < tied.length && { cursor: last.key }),
      }
    },
  }
}
