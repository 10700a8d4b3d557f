import { inParallel } from '../consumers/parallel.ts'
import type { RequestOptions } from '../core/base/cost.ts'
import { checkNames, type OptionNames, requestNames } from '../core/base/check-options.ts'
import { describeValue } from '../core/base/describe-value.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import { isTailfoldError } from '../core/base/errors.ts'
import type { StateAt } from '../core/engine/view.ts'
import type { ChangeFeed, Journal } from '../core/journal/journal.ts'
import { readRows } from '../journal/read-rows.ts'
import type { RowStore, StoredRow } from '../journal/row-store.ts'
import type { Store } from '../journal/store.ts'
import { systemPlatform } from '../platform.ts'
import { entitiesIn } from './entities-in.ts'
import { contentOf, entityOfRow, isRowOf, rowKey, rowPrefix, viewRow } from './view-row.ts'
import type { ViewShape } from './view-shape.ts'
import { type ViewSource, viewSource } from './view-source.ts'

/** Options of {@link checkView}. */
export interface CheckViewOptions extends RequestOptions {
  readonly journal: Journal
  readonly rows: RowStore
  /**
   * Lists the entities, by its keys or its feed: then rows that are missing are found, for one read of each row more. Default:
   * only the rows that are there are compared.
   */
  readonly store?: Pick<Store, 'keys' | 'changes'> | undefined
  /** Lists the entities in place of the store, such as `dynamoDbScan`. */
  readonly feed?: ChangeFeed | undefined
  /** Check the rows of this tenant. Default: rows that belong to none. */
  readonly tenant?: string | undefined
  /** Check the rows of all tenants, and those that belong to none: reads all rows of the store. Default false. */
  readonly allTenants?: boolean | undefined
  /** Rows to check at most, and entities. Default: all. */
  readonly limit?: number | undefined
}

const optionNames: OptionNames<CheckViewOptions> = {
  ...requestNames,
  journal: true,
  rows: true,
  store: true,
  feed: true,
  tenant: true,
  allTenants: true,
  limit: true,
}

/** What {@link checkView} found. Lists hold keys of rows. */
export interface ViewCheck {
  /** Rows compared, with those that say that an entity has none. */
  readonly rows: number
  /** Entities whose row was looked for; absent where nothing lists them. */
  readonly entities?: number | undefined
  /** Rows that are not what `row` makes of the state at their revision. */
  readonly differing: readonly string[]
  /** Rows of entities that have none: `row` makes `null` of their state, or the journal has no such commit. */
  readonly surplus: readonly string[]
  /** Rows that are not there, of entities that have one. */
  readonly missing: readonly string[]
  /** Rows of a state that is no longer the newest: on their way, where the consumer runs. */
  readonly behind: readonly string[]
}

/** Entities read at once. */
const lanes = 16

/** What is wrong with a row. */
type Finding = 'differing' | 'surplus' | 'missing' | 'behind'

/**
 * Compares each row of a view with what `row` makes today of the state at the row's revision: after `row` was changed
 * without a new version, they differ. With `store` or `feed` also finds rows that are missing. One read of the journal for
 * each row, two where the entity has gone on. Beside live traffic a row may be named that is being written.
 */
export async function checkView(view: ViewShape, options: CheckViewOptions): Promise<ViewCheck> {
  checkNames('checkView', options, optionNames)
  const { journal, rows, tenant, allTenants = false, limit = Infinity } = options
  if (limit !== Infinity && !(Number.isSafeInteger(limit) && limit > 0))
    throw new TypeError(`limit of checkView must be a whole number from 1 on, not ${describeValue(limit)}.`)
  const request = { meter: options.meter, signal: options.signal }
  const check = { view, rows, source: viewSource({ journal, platform: systemPlatform }, [view]), request }
  const found: Record<Finding, string[]> = { differing: [], surplus: [], missing: [], behind: [] }
  let compared = 0
  for await (const page of rowPages(rows, allTenants ? '' : rowPrefix(view, tenant), request)) {
    const own = page.filter(({ key }) => isRowOf(view.id, key)).slice(0, limit - compared)
    compared += own.length
    const findings = await inLanes(own, (stored) => compareRow(check, stored))
    for (const [index, finding] of findings.entries())
      if (finding !== undefined) found[finding].push(own[index]?.key ?? '')
    if (compared === limit) break
  }
  const listed = entitiesIn(new Set(view.sources.keys()), options)
  if (listed === undefined) return { rows: compared, ...found }
  let entities = 0
  for await (const page of listed(request)) {
    const asked = page.filter((entity) => allTenants || entity.tenant === tenant).slice(0, limit - entities)
    entities += asked.length
    found.missing.push(...(await missingRows(check, asked)))
    if (entities === limit) break
  }
  return { rows: compared, entities, ...found }
}

/** One check on its way. */
interface Check {
  readonly view: ViewShape
  readonly rows: RowStore
  readonly source: ViewSource
  readonly request: RequestOptions
}

async function compareRow(check: Check, stored: StoredRow): Promise<Finding | undefined> {
  const { view, rows, source, request } = check
  const { key, revision } = stored
  const entity = entityOfRow(view, key)
  if (entity === undefined) return 'surplus'
  const newest = await source.readAt(entity)
  if (revision > newest.revision) return 'surplus'
  const then = revision === newest.revision ? newest : await source.readAt(entity, revision)
  const made = rowToday(view, entity, then)
  if (made === undefined || contentOf(made) !== contentOf(stored))
    return stored.value !== undefined && made !== undefined && made.value === undefined
      ? 'surplus'
      : 'differing'
  const now = then === newest ? made : rowToday(view, entity, newest)
  if (now !== undefined && contentOf(now) === contentOf(stored)) return undefined
  const [again] = await rows.get([key], request)
  return again?.revision === revision ? 'behind' : undefined
}

/** The row as code of today makes it; `undefined` where that fails. */
function rowToday(view: ViewShape, entity: EntityKey, state: StateAt): StoredRow | undefined {
  try {
    return viewRow(view, entity, state, 0)
  } catch (error) {
    if (isTailfoldError(error, 'handler-failed')) return undefined
    throw error
  }
}

/** Of some entities, the rows that they have and that are not there; those that come meanwhile are none of them. */
async function missingRows(check: Check, entities: readonly EntityKey[]): Promise<readonly string[]> {
  const { view, source } = check
  const absent = await absentRows(check, entities)
  const haveOne = await inLanes(absent, async (entity) => {
    const state = await source.readAt(entity)
    const row = rowToday(view, entity, state)
    return state.revision > 0 && (row === undefined || row.value !== undefined)
  })
  const missing = absent.filter((_, index) => haveOne[index] === true)
  return (await absentRows(check, missing)).map((entity) => rowKey(view, entity))
}

async function absentRows(
  { view, rows, request }: Check,
  entities: readonly EntityKey[],
): Promise<readonly EntityKey[]> {
  const found = await readRows(
    rows,
    entities.map((entity) => rowKey(view, entity)),
    request,
  )
  return entities.filter((_, index) => found[index] === undefined)
}

/** Several at once; their results in order. */
async function inLanes<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly (Result | undefined)[]> {
  const results: (Result | undefined)[] = items.map(() => undefined)
  await inParallel([...items.entries()], lanes, async ([index, item]) => {
    results[index] = await work(item)
  })
  return results
}

async function* rowPages(
  rows: RowStore,
  prefix: string,
  request: RequestOptions,
): AsyncGenerator<readonly StoredRow[]> {
  for (let cursor: string | undefined; ; ) {
    const page = await rows.scan(prefix, cursor, 100, request)
    yield page.rows
    if (page.cursor === undefined) return
    ;({ cursor } = page)
  }
}
