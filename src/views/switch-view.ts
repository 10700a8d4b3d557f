import { checkNames, type OptionNames, requestNames } from '../core/base/check-options.ts'
import { heldEntities } from '../consumers/held-entities.ts'
import { feedCursorKey } from '../consumers/feed-cursor.ts'
import { isOfEvents, registrationOf } from '../consumers/registration.ts'
import type { RequestOptions } from '../core/base/cost.ts'
import type { RowStore } from '../journal/row-store.ts'
import type { Store } from '../journal/store.ts'
import { wasRebuilt } from './rebuild-place.ts'

/** What {@link switchView} answers. */
export type ViewSwitch =
  | {
      readonly kind: 'switched'
      /** The version that was read before; `undefined` where none was chosen. */
      readonly from: number | undefined
    }
  | { readonly kind: 'not-ready'; readonly reason: string }

/** Options of {@link switchView}. */
export interface SwitchViewOptions extends RequestOptions {
  readonly rows: RowStore
  /** Where the entities are: its feed proves that a consumer has caught up by itself. Default: only a rebuild proves it. */
  readonly store?: Pick<Store, 'changes'> | undefined
  /** Switch although the version is not ready. Default false. */
  readonly force?: boolean | undefined
}

const optionNames: OptionNames<SwitchViewOptions> = { ...requestNames, rows: true, store: true, force: true }

/** A consumer that is this many changes behind, or less, has caught up: more are written while it is asked. */
const fewChanges = 500

/**
 * Chooses the version of a view that `readViews` reads where it has several, from 5 seconds later on at the latest. Refuses
 * a version that was neither rebuilt nor has caught up, or of which entities are parked or wait to be delivered, and always a consumer of
 * events, which has no rows. Another switch takes it back.
 */
export async function switchView(
  name: string,
  version: number,
  options: SwitchViewOptions,
): Promise<ViewSwitch> {
  checkNames('switchView', options, optionNames)
  const { rows, store, force = false, ...request } = options
  const id = `${name}@${version}`
  const registered = await registrationOf(rows, id, request)
  if (registered !== undefined && isOfEvents(registered))
    return { kind: 'not-ready', reason: `${id} is a consumer of events and has no rows` }
  const reason = force ? undefined : await whyNotReady(rows, id, store, request)
  if (reason !== undefined) return { kind: 'not-ready', reason }
  const key = chosenKey(name)
  for (;;) {
    const [row] = await rows.get([key], request)
    const revision = row?.revision ?? -1
    const write = { row: { key, revision: revision + 1, value: { version } }, when: revision }
    if (await rows.write([write], request)) return { kind: 'switched', from: versionIn(row?.value) }
  }
}

/** The version of a view that was chosen last; `undefined` where none was. */
export async function chosenVersion(
  rows: Pick<RowStore, 'get'>,
  name: string,
  request?: RequestOptions,
): Promise<number | undefined> {
  const [row] = await rows.get([chosenKey(name)], { ...request, consistency: 'eventual' })
  return versionIn(row?.value)
}

function chosenKey(name: string): string {
  return `v/${name}`
}

function versionIn(value: Readonly<Record<string, unknown>> | undefined): number | undefined {
  return (value as { readonly version?: number } | undefined)?.version
}

async function whyNotReady(
  rows: RowStore,
  id: string,
  store: SwitchViewOptions['store'],
  request: RequestOptions,
): Promise<string | undefined> {
  if (!(await wasRebuilt(rows, id, request)) && !(await hasCaughtUp(rows, id, store, request)))
    return `${id} was neither rebuilt nor has its consumer read all events`
  for (const state of ['parked', 'retry', 'behind'] as const) {
    const { entities } = await heldEntities(rows, id, state, { limit: 1 }, request)
    const [held] = entities
    if (held !== undefined)
      return `${id} has entities that ${state === 'parked' ? 'are parked' : 'wait to be delivered'}, such as ${held.key}`
  }
  return undefined
}

async function hasCaughtUp(
  rows: RowStore,
  id: string,
  store: SwitchViewOptions['store'],
  request: RequestOptions,
): Promise<boolean> {
  const [row] = await rows.get([feedCursorKey(id)], request)
  const { cursor, restart } = (row?.value ?? {}) as { readonly cursor?: string; readonly restart?: boolean }
  if (store?.changes === undefined || cursor === undefined || restart === true) return false
  return !(await store.changes(cursor, fewChanges, request)).more
}
