import { requestCatchUp } from '../consumers/feed-cursor.ts'
import { heldEntities, type HeldEntity, retryParked, skipParked } from '../consumers/held-entities.ts'
import type { Hold } from '../consumers/position-row.ts'
import { isOfStates, registrationOf, registrations } from '../consumers/registration.ts'
import type { RowStore } from '../journal/row-store.ts'
import type { Terminal } from './terminal.ts'

/** What a command line of `tailfold consumers` is about. */
export interface ConsumersRequest {
  readonly action: 'tail' | 'list' | 'parked' | 'retry' | 'skip' | 'catch-up'
  /** `<name>@<version>`. */
  readonly consumer?: string
  /** The key of an entity: `account/acc-001`. */
  readonly entity?: string
  readonly revision?: number
  readonly json: boolean
}

type Printer = Pick<Terminal, 'print'>
type ParkedLine = Omit<HeldEntity, 'revision'> & Partial<Pick<HeldEntity, 'revision'>>

/** Prints every consumer that was started on these rows, and every view that was rebuilt. */
export async function listConsumers(
  rows: RowStore,
  { json }: ConsumersRequest,
  { print }: Printer,
): Promise<0> {
  const all = await registrations(rows)
  for (const { consumer, entityTypes, startFrom, startedAt, neverStarted } of all) {
    const [parked, waiting] = await Promise.all([
      countOf(rows, consumer, 'parked'),
      Promise.all([countOf(rows, consumer, 'retry'), countOf(rows, consumer, 'behind')]),
    ])
    const startedFirst = neverStarted ? undefined : new Date(startedAt).toISOString()
    const line = { consumer, entityTypes, startFrom, startedFirst, parked, waiting: waiting[0] + waiting[1] }
    print(
      json
        ? `${JSON.stringify(line)}\n`
        : `${consumer}  from ${entityTypes.join(', ')}  ${startedFirst === undefined ? 'never started' : `started first ${startedFirst}`}  parked ${line.parked}  waiting ${line.waiting}\n`,
    )
  }
  if (all.length === 0 && !json) print('No consumer was ever started on this store.\n')
  return 0
}

/** Prints the parked entities of a consumer, the oldest first. */
export async function listParked(
  rows: RowStore,
  { consumer = '', json }: ConsumersRequest,
  { print }: Printer,
): Promise<0 | 1> {
  const held = await allHeld(rows, consumer, 'parked')
  const registered = await registrationOf(rows, consumer)
  if (held.length === 0 && registered === undefined) {
    const unknown = await unknownConsumer(rows, consumer)
    if (unknown !== undefined) return refused(unknown, json, print)
  }
  for (const entity of held) {
    // A view is given states: none of its positions tells a commit that failed.
    const { revision: _, ...rest } = entity
    const known = registered !== undefined && isOfStates(registered) ? rest : entity
    print(json ? `${JSON.stringify(known)}\n` : parkedText(known))
  }
  if (held.length === 0 && !json) print(`${consumer} has no parked entity.\n`)
  return 0
}

/** Releases a parked entity, or asks for a catch-up. */
export async function release(rows: RowStore, request: ConsumersRequest, { print }: Printer): Promise<0 | 1> {
  const { action, consumer = '', entity = '', revision = 0, json } = request
  const unknown = await unknownConsumer(rows, consumer)
  if (unknown !== undefined) return refused(unknown, json, print)
  if (action === 'catch-up') {
    await requestCatchUp(rows, consumer)
    print(json ? `${JSON.stringify({ result: 'requested' })}\n` : `${consumer} reads all events again.\n`)
    return 0
  }
  const result =
    action === 'skip'
      ? await skipParked(rows, consumer, entity, revision)
      : await retryParked(rows, consumer, entity)
  const texts = {
    released: `${entity} is delivered to ${consumer} again${action === 'skip' ? `, behind revision ${revision}` : ''}.\n`,
    'not-parked': `${entity} is not parked for ${consumer}.\n`,
    'no-commit': `${consumer} is a view: its row is made of the whole state, so there is no commit to skip. Correct its function, or let it return null for this state; then: npx tailfold consumers retry ${consumer} ${entity}\n`,
    'another-revision': `${entity} is not parked at revision ${revision}; npx tailfold consumers parked ${consumer} shows where.\n`,
  }
  print(json ? `${JSON.stringify({ result })}\n` : texts[result])
  return result === 'released' ? 0 : 1
}

/** Says that a consumer is not known, and which are; `undefined` for one that is. */
export async function unknownConsumer(rows: RowStore, consumer: string): Promise<string | undefined> {
  const known = (await registrations(rows)).map((each) => each.consumer)
  if (known.includes(consumer)) return undefined
  const names = known.length === 0 ? 'none was started yet' : `there are ${known.join(', ')}`
  return `There is no consumer ${consumer}: ${names}.\n`
}

function refused(unknown: string, json: boolean, print: Printer['print']): 1 {
  print(json ? `${JSON.stringify({ result: 'unknown-consumer' })}\n` : unknown)
  return 1
}

/** One line: what an error says must not steer the terminal. */
function shown(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  const controls = /[\u0000-\u001f\u007f-\u009f]/g
  return text.replaceAll(controls, (each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function parkedText({ key, revision, since, attempts, code, error }: ParkedLine): string {
  const at = new Date(since).toISOString()
  return `${key}  ${revision === undefined ? '' : `revision ${revision}  `}since ${at}  attempts ${attempts}  ${code}: ${shown(error ?? '')}\n`
}

async function countOf(rows: RowStore, consumer: string, state: Hold['state']): Promise<number> {
  return (await allHeld(rows, consumer, state)).length
}

async function allHeld(
  rows: RowStore,
  consumer: string,
  state: Hold['state'],
): Promise<readonly HeldEntity[]> {
  const found: HeldEntity[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await heldEntities(rows, consumer, state, { cursor })
    found.push(...page.entities)
    if (page.cursor === undefined) return found
    ;({ cursor } = page)
  }
}
