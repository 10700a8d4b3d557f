import { canonicalJson } from '../../../core/base/json.ts'
import { storeKey } from '../../../journal/key.ts'
import type { ViewQueryOptions } from '../../../views/index.ts'
import { entityOfStoreKey } from '../entities.ts'
import { restOf, type StepsRow, stepsRow } from './definitions.ts'
import type { Look, Token } from './look.ts'

/** A row as it was read. */
interface Found {
  readonly key: string
  readonly revision: number
  readonly row: StepsRow
}

/** Reads the row of an entity, and a list, after a commit: neither shows less, nor what no state makes. */
export async function readSteps(look: Look, token: Token): Promise<void> {
  const { views, whole } = look
  const { tenant, ...entity } = entityOfStoreKey(token.key)
  // An older position of the same entity changes nothing.
  const after = [token.revision, 1 + whole(token.revision)].map((revision) => ({ ...entity, revision }))
  const row = await views.steps.get(entity, { tenant, after })
  check(look, token, row && { ...row, key: token.key }, () => false)
  await readList(
    look,
    token,
    after.toSorted((one, other) => one.revision - other.revision),
  )
}

async function readList(look: Look, token: Token, after: ViewQueryOptions['after']): Promise<void> {
  const { pick, whole, problem, views } = look
  const { tenant } = entityOfStoreKey(token.key)
  const rest = 1 + whole(2)
  const [order, limit, from] = [pick(['ascending', 'descending'] as const), 1 + whole(3), whole(8)]
  const found: Found[] = []
  for (let cursor: string | undefined, pages = 0; pages < 20; pages++) {
    const options = { tenant, after, order, limit, from, cursor }
    const page = await views.steps.query('byRest', rest, options)
    for (const { entityType, entityId, revision, row } of page.rows)
      found.push({
        key: storeKey({ ...(tenant !== undefined && { tenant }), entityType, entityId }),
        revision,
        row,
      })
    ;({ cursor } = page)
    if (cursor === undefined) break
  }
  const isListed = (row: StepsRow | null) => row !== null && restOf(row) === rest && row.n >= from
  if (new Set(found.map(({ key }) => key)).size < found.length)
    problem(`a list has a row twice: ${found.map(({ key }) => key).join(', ')}`)
  const numbers = found.map(({ row }) => row.n)
  const sorted = numbers.toSorted((one, other) => (order === 'ascending' ? one - other : other - one))
  if (String(numbers) !== String(sorted)) problem(`a list is not in order: ${numbers.join(', ')}`)
  for (const one of found) {
    if (!isListed(one.row)) problem(`a list of ${rest} from ${from} has ${canonicalJson(one.row)}`)
    if (one.key !== token.key) checkRow(look, one)
  }
  check(
    look,
    token,
    found.find(({ key }) => key === token.key),
    (row) => !isListed(row),
  )
}

/** A row that is missing may be so where a state since the commit has none. */
function check(
  look: Look,
  { key, revision }: Token,
  found: Found | undefined,
  mayLack: (row: StepsRow) => boolean,
): void {
  const { commits, problem } = look
  if (found !== undefined) {
    if (found.revision < revision) problem(`${key} after ${revision} shows ${found.revision}`)
    checkRow(look, found)
    return
  }
  for (let at = revision; at <= commits.headOf(key); at++) {
    const row = stepsRow(1, commits.lastOf(key, at))
    if (row === null || mayLack(row)) return
  }
  problem(`${key} after ${revision} has no row`)
}

function checkRow({ commits, shown, problem }: Look, { key, revision, row }: Found): void {
  const made = stepsRow(row.version, commits.lastOf(key, revision))
  if (!shown('steps').includes(row.version) || canonicalJson(row) !== canonicalJson(made))
    problem(`${key} at ${revision} shows ${canonicalJson(row)}`)
}
