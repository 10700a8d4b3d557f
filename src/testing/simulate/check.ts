import type { Behavior } from '../../core/entity/behavior.ts'
import type { Commit } from '../../core/journal/commit.ts'
import type { AnyEntity } from '../../core/entity/entity.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import { canonicalJson } from '../../core/base/json.ts'
import { systemPlatform } from '../../platform.ts'
import type { EntityRecord, History, Invocation, InvocationResult } from './history.ts'
import { mark, stateOf, unmark } from './instrument.ts'
import type { PlannedOperation } from './plan.ts'

/** A promise that a history breaks. */
export interface Violation {
  readonly rule: string
  readonly entityId: string
  /** Names of the operations that clash. */
  readonly operations: readonly string[]
  readonly detail: string
}

/** An operation's place in the order of the journal: its events, or its recorded refusal. */
interface Entry {
  readonly marker: string
  readonly revision: number
  readonly timestamp: number
  readonly events: readonly TypedMessage[]
  readonly recordedRefusal: boolean
}

/** The entity after so many entries. */
interface Point {
  readonly state: unknown
  readonly revision: number
}

/**
 * Checks a history against the journal, which is the total order: a linear sweep is exact. What is checked: the journal
 * is dense; each operation stands in it at most once, with the events that deciding it there gives; every answer given
 * is the answer of its place; answers without a place (queries, refusals) fit a state within their interval; nothing
 * stands there that definitely failed; real-time order holds; stored states equal the fold.
 */
export async function checkHistory(definition: AnyEntity, history: History): Promise<readonly Violation[]> {
  const violations = await Promise.all(
    history.entities.map((entity) => checkEntity(definition, history, entity)),
  )
  return violations.flat()
}

async function checkEntity(
  definition: AnyEntity,
  history: History,
  record: EntityRecord,
): Promise<Violation[]> {
  const { entityId } = record
  const violations: Violation[] = []
  const report = (rule: string, operations: readonly string[], detail: string) =>
    void violations.push({ rule, entityId, operations, detail })
  if (record.unreadable !== undefined) {
    report('the journal can be read', [], record.unreadable.message)
    return violations
  }

  const invocations = history.invocations.filter(({ operation }) => operation.entityId === entityId)
  const operationOf = new Map(invocations.map(({ operation }) => [operation.marker, operation]))
  const entries = record.commits.flatMap((commit) => entriesOf(commit, operationOf))
  const placeOf = new Map<string, number>()
  const points: Point[] = [{ state: definition.initialState, revision: 0 }]
  const answers: string[] = ['']

  for (const [index, entry] of entries.entries()) {
    const before = points[index] as Point
    const operation = operationOf.get(entry.marker)
    if (operation === undefined) {
      report('every event belongs to an operation', [entry.marker], `revision ${entry.revision}`)
      return violations
    }
    if (placeOf.has(entry.marker))
      report('once', [entry.marker], `twice, again at revision ${entry.revision}`)
    placeOf.set(entry.marker, index + 1)
    const decision = await redecide(definition, operation, before, entry.timestamp)
    if (!isDecisionOf(entry, decision)) {
      report(
        'decided on the state before it',
        [entry.marker],
        `revision ${entry.revision} holds other events`,
      )
    }
    const state = entry.events.reduce(
      (folded, event) => definition.onEvent(folded, unmark(event).bare),
      before.state,
    )
    points.push({ state, revision: entry.revision })
    answers.push(answerOf(decision, state))
  }

  checkStates(record, points, report)
  const settled = invocations.filter(({ returnedAt }) => returnedAt !== undefined)
  settled.sort((a, b) => Number(a.returnedAt) - Number(b.returnedAt))
  const placed: Array<{ readonly returnedAt: number; readonly place: number; readonly name: string }> = []
  /** The place of the last operation that was answered before a step. */
  const lastBefore = (step: number) =>
    placed
      .filter(({ returnedAt }) => returnedAt < step)
      .reduce((last, next) => (next.place > last.place ? next : last), {
        returnedAt: 0,
        place: 0,
        name: 'the beginning',
      })

  for (const { operation, invokedAt, returnedAt = 0, result } of settled) {
    if (result === undefined || result.kind === 'error') continue
    const low = lastBefore(invokedAt)
    const own = placeOf.get(operation.marker)
    const given = answerOfResult(result)
    let place = own
    if (own === undefined) {
      if (result.kind === 'rejected' && operation.commandId !== undefined) {
        report('a refusal with a command id is recorded', [operation.name], given)
      }
      place = await placeOfAnswer(definition, operation, points, low.place, given)
      if (place === undefined) {
        report(
          'an answer fits a state within its interval',
          [low.name, operation.name],
          `${given} from ${low.place} on`,
        )
      }
    } else {
      if (answers[own] !== given) {
        report('the answer of its place', [operation.name], `told ${given}, its place gives ${answers[own]}`)
      }
      const { expectedRevision } = operation
      const heldAt = points[own - 1]?.revision
      if (expectedRevision !== undefined && !result.replayed && heldAt !== expectedRevision) {
        report('the expected revision held', [operation.name], `expected ${expectedRevision}, was ${heldAt}`)
      }
      if (points[own]?.revision !== result.revision) {
        report('the revision of its place', [operation.name], `told ${result.revision}`)
      }
    }
    if (place !== undefined) placed.push({ returnedAt, place, name: operation.name })
  }

  for (const { operation, returnedAt, orphaned } of invocations) {
    if (returnedAt === undefined && !orphaned())
      report('every command is answered', [operation.name], 'it never was')
  }
  checkRealTime(invocations, placeOf, lastBefore, report)
  checkFailures(invocations, placeOf, report)
  return violations
}

type Report = (rule: string, operations: readonly string[], detail: string) => void

/** An entry stands after everything that was answered before the first time its operation was sent. */
function checkRealTime(
  invocations: readonly Invocation[],
  placeOf: ReadonlyMap<string, number>,
  lastBefore: (step: number) => { readonly place: number; readonly name: string },
  report: Report,
): void {
  for (const [marker, place] of placeOf) {
    const sent = invocations.filter(({ operation }) => operation.marker === marker)
    const low = lastBefore(Math.min(...sent.map(({ invokedAt }) => invokedAt)))
    if (place <= low.place && low.name !== marker) {
      report('real-time order', [low.name, marker], `place ${place} is not after ${low.place}`)
    }
  }
}

/** What failed for certain, each time it was sent, does not stand in the journal. */
function checkFailures(
  invocations: readonly Invocation[],
  placeOf: ReadonlyMap<string, number>,
  report: Report,
): void {
  for (const marker of placeOf.keys()) {
    const sent = invocations.filter(({ operation }) => operation.marker === marker)
    if (sent.every(({ result }) => result?.kind === 'error' && result.error.code !== 'outcome-unknown')) {
      const codes = sent.map(({ result }) => (result?.kind === 'error' ? result.error.code : ''))
      report('a definite failure leaves nothing', [marker], codes.join(', '))
    }
  }
}

/** States that ride in commits, the snapshot and what a reader sees in the end all equal the fold. */
function checkStates(
  { stored, snapshot, finalState, finalRevision }: EntityRecord,
  points: readonly Point[],
  report: Report,
) {
  const atRevision = (revision: number) => points.findLast((point) => point.revision === revision)
  const check = (what: string, revision: number, state: unknown) => {
    const point = atRevision(revision)
    if (point === undefined || canonicalJson(point.state) !== canonicalJson(state)) {
      report('a stored state equals the fold', [], `${what} at revision ${revision}`)
    }
  }
  for (const { revision, record } of stored) {
    if (record['s'] !== undefined) check('riding state', revision, parseState(record['s'], record['sv']))
  }
  if (snapshot !== undefined) {
    check('snapshot', snapshot.revision, parseState(snapshot.record['s'], snapshot.schemaVersion))
  }
  check('final state', finalRevision, finalState)
  if (finalRevision !== (points.at(-1)?.revision ?? 0))
    report('a reader sees the head', [], `it saw ${finalRevision}`)
}

function parseState(text: unknown, schemaVersion: unknown): unknown {
  return stateOf(JSON.parse(String(text)), schemaVersion)
}

function entriesOf(commit: Commit, operationOf: ReadonlyMap<string, PlannedOperation>): Entry[] {
  const { revision, timestamp } = commit
  const entries: Array<Entry & { readonly events: TypedMessage[] }> = []
  const refusals = commit.receipts.filter((receipt) => receipt.eventCount === 0)
  const addRefusals = (offset: number) => {
    for (const { commandId, firstEvent, fingerprint: print } of refusals) {
      if (firstEvent !== offset) continue
      const operation = [...operationOf.values()].find((candidate) => fingerprintOf(candidate) === print)
      entries.push({
        marker: operation?.marker ?? commandId,
        revision,
        timestamp,
        events: [],
        recordedRefusal: true,
      })
    }
  }
  commit.events.forEach((event, offset) => {
    addRefusals(offset)
    const { marker } = unmark(event as TypedMessage)
    const open = entries.at(-1)
    if (open?.marker === marker && !open.recordedRefusal) open.events.push(event as TypedMessage)
    else
      entries.push({ marker, revision, timestamp, events: [event as TypedMessage], recordedRefusal: false })
  })
  addRefusals(commit.events.length)
  return entries
}

function fingerprintOf({ command, marker }: PlannedOperation): string {
  return systemPlatform.sha256(canonicalJson(mark(command, marker))).slice(0, 22)
}

/** What deciding an operation somewhere gives. */
interface Redecision {
  readonly behavior: Behavior<TypedMessage, unknown> | undefined
  readonly told: readonly unknown[]
}

async function redecide(
  definition: AnyEntity,
  operation: PlannedOperation,
  at: Point,
  now: number,
): Promise<Redecision> {
  const told: unknown[] = []
  const { entityId, commandId, command } = operation
  const ctx = {
    entityType: definition.entityType,
    entityId,
    now,
    commandId,
    revision: at.revision,
    attempt: 1,
  }
  const replyTo = { tell: (message: unknown) => void told.push(message) }
  const behavior = await definition.onCommand(ctx, at.state, { ...command, replyTo } as TypedMessage)
  return { behavior, told }
}

function isDecisionOf(entry: Entry, { behavior }: Redecision): boolean {
  if (entry.recordedRefusal) return behavior?.kind === 'rejected'
  if (behavior?.kind !== 'persisted') return false
  return canonicalJson(behavior.events) === canonicalJson(entry.events.map((event) => unmark(event).bare))
}

/** The first place from `low` on whose state gives this answer without an event. */
async function placeOfAnswer(
  definition: AnyEntity,
  operation: PlannedOperation,
  points: readonly Point[],
  low: number,
  answer: string,
): Promise<number | undefined> {
  for (let place = low; place < points.length; place++) {
    const point = points[place] as Point
    const decision = await redecide(definition, operation, point, 0)
    const silent = decision.behavior?.kind !== 'persisted' || decision.behavior.events.length === 0
    if (silent && answerOf(decision, point.state) === answer) return place
  }
  return undefined
}

function answerOf({ behavior, told }: Redecision, after: unknown): string {
  if (behavior?.kind === 'rejected')
    return canonicalJson(['rejected', behavior.reason, behavior.details ?? null])
  const reply = behavior?.kind === 'persisted' && behavior.reply ? behavior.reply(after) : told[0]
  return canonicalJson(['replied', reply ?? null])
}

function answerOfResult(result: Exclude<InvocationResult, { kind: 'error' }>): string {
  return result.kind === 'rejected'
    ? canonicalJson(['rejected', result.reason, result.details ?? null])
    : canonicalJson(['replied', result.reply ?? null])
}
