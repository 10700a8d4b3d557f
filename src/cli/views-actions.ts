import { heldEntities } from '../consumers/held-entities.ts'
import { isOfEvents, registrationOf, registrations } from '../consumers/registration.ts'
import { keyValueJournal } from '../journal/key-value-journal.ts'
import type { RowStore } from '../journal/row-store.ts'
import type { Store } from '../journal/store.ts'
import { checkView, type ViewCheck } from '../views/check-view.ts'
import { dropView } from '../views/drop-view.ts'
import { isView } from '../views/read-views.ts'
import { rebuildView, type RebuildReport } from '../views/rebuild-view.ts'
import { chosenVersion, switchView } from '../views/switch-view.ts'
import { UsageError } from './command-line.ts'
import { unknownConsumer } from './consumers-actions.ts'
import type { Terminal } from './terminal.ts'
import { viewOfModule } from './views-module.ts'

/** What a command line of `tailfold views` is about. */
export interface ViewsRequest {
  /** `<name>@<version>`; for `rebuild` and `check` the version may be missing. */
  readonly view: string
  /** The file that exports the view; empty where none is needed. */
  readonly module: string
  readonly rate?: number
  readonly limit?: number
  readonly force: boolean
  readonly yes: boolean
  readonly json: boolean
}

/** What the actions work on. */
export interface OpenedViews {
  readonly store: Store
  readonly rows: RowStore
}

/** Makes the rows of a view. 1 where it is not complete, or entities were parked. */
export async function rebuild(
  { store, rows }: OpenedViews,
  { view: named, module, rate, json }: ViewsRequest,
  { print, ask }: Terminal,
): Promise<0 | 1> {
  const view = await viewOfModule(module, named)
  const showsProgress = ask !== undefined && !json
  const report = await rebuildView(view, {
    store,
    rows,
    changesPerSecond: rate,
    onProgress: (progress) => {
      if (showsProgress) print(`\r${progressText(progress)}`)
    },
  })
  if (json) print(`${JSON.stringify(report)}\n`)
  else print(`${showsProgress ? '\n' : ''}${reportText(report)}${await startText(rows, view.id)}`)
  return report.complete && report.parked.length === 0 ? 0 : 1
}

/** What to do where nothing ever kept the rows of a view up to date. */
async function startText(rows: RowStore, id: string): Promise<string> {
  const registered = await registrationOf(rows, id)
  return registered !== undefined && registered.neverStarted !== true
    ? ''
    : `No consumer of ${id} was ever started: its rows do not follow what is written from now on. Start it, then rebuild again.\n`
}

/** Compares rows. 1 where one differs, is missing or should not be there. */
export async function check(
  { store, rows }: OpenedViews,
  { view: named, module, limit, json }: ViewsRequest,
  { print }: Terminal,
): Promise<0 | 1> {
  const view = await viewOfModule(module, named)
  if (!isView(view))
    throw new UsageError(`${view.id} is a projection; only the rows of a view can be checked.`)
  const journal = keyValueJournal(store)
  const found = await checkView(view, { journal, store, rows, limit, allTenants: true })
  print(json ? `${JSON.stringify({ view: view.id, ...found })}\n` : checkText(view.id, found))
  const { entities: parked } = await heldEntities(rows, view.id, 'parked', { limit: 1 })
  if (!json && found.missing.length > 0 && parked.length > 0)
    print(
      `Rows of parked entities are made after a retry: npx tailfold consumers parked ${view.id} says why.\n`,
    )
  return found.differing.length + found.surplus.length + found.missing.length === 0 ? 0 : 1
}

function checkText(
  id: string,
  { rows, entities = 0, differing, surplus, missing, behind }: ViewCheck,
): string {
  const lines = [
    ...differing.map((key) => `${key} differs`),
    ...surplus.map((key) => `${key} is of an entity that has no row`),
    ...missing.map((key) => `${key} is missing`),
    ...behind.map((key) => `${key} is behind its entity`),
    `${id}: ${rows} rows and ${entities} entities compared. ${differing.length} rows differ, ${surplus.length} should not be there, ${missing.length} are missing, ${behind.length} are behind.`,
  ]
  if (behind.length > 0) lines.push('Rows that stay behind are no longer written: is the consumer running?')
  if (missing.length > 0)
    lines.push(
      'Rows that are missing are made by a rebuild, and kept up by a consumer that runs since before it.',
    )
  return lines.map((line) => `${line}\n`).join('')
}

/** Chooses the version that queries read. 1 where it is not ready. */
export async function switchTo(
  { store, rows }: OpenedViews,
  { view, force, json }: ViewsRequest,
  { print }: Terminal,
): Promise<0 | 1> {
  const { name, version } = parts(view)
  if (await isConsumerOfEvents(rows, view)) {
    print(json ? noViewInJson : `Not switched: ${noViewText(view)}.\n`)
    return 1
  }
  const result = await switchView(name, version, { rows, store, force })
  if (json) print(`${JSON.stringify(result)}\n`)
  else if (result.kind === 'switched') {
    const back =
      result.from === undefined ? '' : `; npx tailfold views switch ${name}@${result.from} takes it back`
    print(
      `Queries of ${name} read version ${version} within 5 seconds${back}.\n${await startText(rows, view)}`,
    )
  } else {
    print(`Not switched: ${result.reason}. Rebuild it first, or add --force.\n`)
  }
  return result.kind === 'switched' ? 0 : 1
}

/** Removes the rows of a version. 1 where nothing was removed. */
export async function drop(
  { rows }: OpenedViews,
  { view, force, yes, json }: ViewsRequest,
  { print, ask }: Terminal,
): Promise<0 | 1> {
  const { name, version } = parts(view)
  const refuse = (result: string, text: string): 1 => {
    print(json ? `${JSON.stringify({ result })}\n` : `Nothing was removed${text}.\n`)
    return 1
  }
  if (await isConsumerOfEvents(rows, view)) {
    print(
      json
        ? noViewInJson
        : `Nothing was removed: ${noViewText(view)}, and would be given all events again.\n`,
    )
    return 1
  }
  if (!force && (await isRead(rows, name, version)))
    return refuse('in-use', `: queries read ${view}. Switch to another version first, or add --force`)
  if (!yes) {
    if (json || ask === undefined) return refuse('not-confirmed', '. Add --yes to remove the rows')
    print(`All rows of ${view} will be removed. A consumer that still runs makes new ones.\n`)
    const answer = await ask('Type yes to remove them: ')
    if (answer.trim() !== 'yes') return refuse('not-confirmed', '')
  }
  const dropped = await dropView({ id: view }, { rows, allTenants: true })
  const unknown = dropped === 0 ? await unknownConsumer(rows, view) : undefined
  if (unknown !== undefined) {
    print(
      json ? `${JSON.stringify({ result: 'unknown-view' })}\n` : `There are no rows of ${view}. ${unknown}`,
    )
    return 1
  }
  print(
    json
      ? `${JSON.stringify({ result: 'dropped', rows: dropped })}\n`
      : `Removed ${dropped} rows of ${view}.\n`,
  )
  return 0
}

const noViewInJson = `${JSON.stringify({ result: 'no-view' })}\n`

function noViewText(view: string): string {
  return `${view} is a consumer of events, which has no rows`
}

async function isConsumerOfEvents(rows: RowStore, id: string): Promise<boolean> {
  const registered = await registrationOf(rows, id)
  return registered !== undefined && isOfEvents(registered)
}

/** Whether queries read a version: the one that was chosen, or, where it is not there, the newest before it, or the oldest. */
async function isRead(rows: RowStore, name: string, version: number): Promise<boolean> {
  const chosen = await chosenVersion(rows, name)
  if (chosen === version) return true
  const versions = (await registrations(rows))
    .map(({ consumer }) => parts(consumer))
    .filter((each) => each.name === name)
    .map((each) => each.version)
    .toSorted((one, other) => one - other)
  return (versions.findLast((each) => each <= (chosen ?? 0)) ?? versions[0]) === version
}

function parts(view: string): { readonly name: string; readonly version: number } {
  const [name = '', version] = view.split('@')
  return { name, version: Number(version) }
}

function progressText({ source, read, written }: RebuildReport): string {
  return `${read} ${source} read, ${written} rows written`
}

function reportText(report: RebuildReport): string {
  const { view, unchanged, refused, parked, failed, complete, requests, readUnits, writeUnits } = report
  const rows = unchanged === undefined ? '' : `, ${unchanged} unchanged`
  const cost = `${requests} requests, ${readUnits} read units, ${writeUnits} write units`
  const lines = [`${view}: ${progressText(report)}${rows}, ${refused} newer meanwhile. ${cost}.`]
  for (const key of parked) lines.push(`${key} is parked: npx tailfold consumers parked ${view} says why.`)
  if (failed > 0) lines.push(`${failed} entities failed. Run the command again: it goes on before them.`)
  else if (!complete) lines.push('Not complete. Run the command again: it goes on there.')
  return lines.map((line) => `${line}\n`).join('')
}
