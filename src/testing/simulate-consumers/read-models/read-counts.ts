import { canonicalJson } from '../../../core/base/json.ts'
import { entityOfStoreKey } from '../entities.ts'
import { countedRows, type CountsRow, parityOf } from './definitions.ts'
import type { Look, Token } from './look.ts'

/** Reads a row of the projection, and a list, after a commit: both include it, and are what the positions say. */
export async function readCounts(look: Look, token: Token): Promise<void> {
  const { views, pick, plan } = look
  const { tenant, ...entity } = entityOfStoreKey(token.key)
  const after = { ...entity, revision: token.revision }
  const rowKey = pick(['all', 'm0', 'm1'])
  const found = await views.counts.get(rowKey, { tenant, after })
  checkRow(look, token, rowKey, (row) => canonicalJson(row ?? null) === canonicalJson(found?.row ?? null))
  if (plan.spread) return

  const parity = pick(['odd', 'even'] as const)
  // One page: a read waits for positions, and what is compared must be of one moment.
  const page = await views.counts.query('byParity', parity, { tenant, after })
  const all = new Map(page.rows.map(({ key, row }) => [key, row]))
  const { lastOf } = look.commits
  const last = lastOf(token.key, token.revision)
  if (last === lastOf(token.key, token.revision - 1)) return
  for (const changed of new Set(countedRows(last)))
    checkRow(look, token, changed, (row) => {
      const listed = row !== undefined && parityOf(row) === parity ? row : undefined
      return canonicalJson(listed ?? null) === canonicalJson(all.get(changed) ?? null)
    })
}

/** What was read is compared at once: nothing happens between the last read and this. */
function checkRow(
  { watched, shown, problem }: Look,
  { key, revision }: Token,
  rowKey: string,
  isRead: (row: CountsRow | undefined) => boolean,
): void {
  const [tenant = ''] = /^~[^/]+\//.exec(key) ?? []
  const versions = shown('counts').map((version) => `counts@${version}`)
  const isRight = (id: string) =>
    watched.reached(id, key).revision >= revision &&
    isRead(watched.folded(id).get(`${tenant}w/${id}/${rowKey}`))
  if (!versions.some(isRight))
    problem(`row ${rowKey} after ${key}@${revision} is not what ${versions.join(' or ')} has`)
}
