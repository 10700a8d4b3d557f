import { canonicalJson } from '../../../core/base/json.ts'
import { keyValueJournal } from '../../../journal/key-value-journal.ts'
import { storeKey } from '../../../journal/key.ts'
import { readViews } from '../../../views/index.ts'
import { entityOfStoreKey, storeKeys } from '../entities.ts'
import { readModels, restOf, type StepsRow, stepsRow } from './definitions.ts'
import type { ReaderOptions } from './look.ts'

const tenants = [undefined, 'acme']

/**
 * Reads the rows and lists of each version when a history has ended, without positions, and compares them with what all
 * commits come to. What is read of two versions is the one that was chosen.
 */
export async function readAll({
  plan,
  platform,
  commits,
  watched,
}: ReaderOptions): Promise<readonly string[]> {
  const problems: string[] = []
  const models = readModels({ code: 2, spread: plan.spread, guard: () => {} })
  const shared = { journal: keyValueJournal(commits.store), rows: watched.rows, platform }
  const rowOf = (version: number, key: string) => stepsRow(version, commits.lastOf(key, commits.headOf(key)))
  const compare = (what: string, found: unknown, wanted: unknown) => {
    const [one, other] = [found, wanted].map((each) => canonicalJson(each ?? null))
    if (one !== other) problems.push(`${what} is ${one}, not ${other}`)
  }

  const chosen = readViews({ ...shared, views: [models.steps(1), models.steps(2)] }).steps
  const version = watched.switched('steps') === undefined ? 1 : 2
  for (const key of storeKeys.filter((each) => commits.headOf(each) > 0)) {
    const { tenant, ...entity } = entityOfStoreKey(key)
    const found = await chosen.get(entity, { tenant })
    compare(key, found?.row, rowOf(version, key))
  }
  for (const each of [1, 2]) {
    const { steps } = readViews({ ...shared, views: [models.steps(each)] })
    for (const tenant of tenants)
      for (const rest of [1, 2]) {
        const { rows } = await steps.query('byRest', rest, { tenant })
        const found = rows.map(({ entityType, entityId, row }) => [storeKey({ entityType, entityId }), row])
        const wanted = storeKeys
          .map((key) => ({ key, entity: entityOfStoreKey(key), row: rowOf(each, key) }))
          .filter(({ key, entity }) => entity.tenant === tenant && commits.headOf(key) > 0)
          .flatMap(({ entity: { entityType, entityId }, row }): [string, StepsRow][] =>
            row !== null && restOf(row) === rest ? [[storeKey({ entityType, entityId }), row]] : [],
          )
        compare(`list ${rest} of steps@${each}`, byKey(found as [string, StepsRow][]), byKey(wanted))
      }
  }
  return problems
}

function byKey<Row>(rows: readonly (readonly [string, Row])[]): readonly (readonly [string, Row])[] {
  return rows.toSorted(([one], [other]) => (one < other ? -1 : 1))
}
