import type { StateUpdate } from '../consumers/consumer.ts'
import type { RequestOptions } from '../core/base/cost.ts'
import { describeEntity, type EntityKey } from '../core/base/entity-key.ts'
import { frozenJson } from '../core/base/json.ts'
import type { ResolvedEntity } from '../core/entity/entity.ts'
import { foldCommits, startView } from '../core/engine/view.ts'
import type { Journal } from '../core/journal/journal.ts'
import { readAgainIfCorrupt } from '../core/journal/read-again.ts'
import { rowKey, type StateOfRow, viewRow } from './view-row.ts'
import type { ViewShape } from './view-shape.ts'

/**
 * Writes the row of an entity, made from its newest state, unless a newer one is there: in any order, any number of times.
 * A commit that brings its events and state takes one write and no read; one without events changes no state: it takes
 * a read of the row, and a write where the row is not that of the commit before.
 */
export async function keepRow(view: ViewShape, update: StateUpdate): Promise<void> {
  const { entity, newest, journal, rows, now, request } = update
  const { commit, riding } = newest === undefined ? {} : journal.readChange(newest)
  const { resolved } = sourceOf(view, entity)
  const read = newest !== undefined && riding?.schemaVersion === resolved.schemaVersion ? riding : undefined
  const at =
    read === undefined || newest === undefined
      ? await readAgainIfCorrupt(() => recover(resolved, journal, entity, request))
      : { revision: newest.revision, state: frozenJson(read.read(), 'state'), asOf: commit?.timestamp }
  const row = viewRow(view, entity, at, now)
  if (commit === undefined || commit.events.length === 0) {
    const [stored] = await rows.get([rowKey(view, entity)], { ...request, consistency: 'eventual' })
    // Equal content proves nothing: between that row and this one there may be another one, written a moment ago or later.
    const enough = commit === undefined ? row.revision : row.revision - 1
    if (stored !== undefined && stored.revision >= enough) return
  }
  await rows.write([{ row, when: 'newer' }], request)
}

function sourceOf({ id, sources }: ViewShape, entity: EntityKey) {
  const source = sources.get(entity.entityType)
  if (source === undefined) throw new TypeError(`View ${id} has no rows of ${describeEntity(entity)}.`)
  return source
}

async function recover(
  definition: ResolvedEntity,
  journal: Journal,
  entity: EntityKey,
  request: RequestOptions,
): Promise<StateOfRow> {
  const { schemaVersion } = definition
  const recovered = await journal.recover(entity, { schemaVersion }, request)
  let view = startView(definition, entity, recovered)
  let asOf = recovered.base?.timestamp
  for await (const page of recovered.tail) {
    view = foldCommits(definition, view, page, false)
    asOf = page.findLast(({ events }) => events.length > 0)?.timestamp ?? asOf
  }
  return { revision: view.revision, state: view.state, asOf }
}
