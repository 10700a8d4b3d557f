import type { AnyEntity } from '../../../core/entity/entity.ts'
import {
  type CommandInvocation,
  type EntityRecord,
  type Invocation,
  isCommand,
  type ReadInvocation,
} from '../history.ts'
import type { Plan } from '../plan.ts'
import { type Answered, type Court, judgeAnswer, type Judgement, type Low } from './answers.ts'
import { checkActors } from './check-actors.ts'
import { checkFailures } from './check-failures.ts'
import { checkStates } from './check-states.ts'
import { foldAgain } from './fold-again.ts'
import { checkIds, rememberingOf } from './ids.ts'
import { type AnyInvariants, checkInvariants } from './invariants.ts'
import { type AnsweredRead, judgeRead } from './reads.ts'
import { type Sweep, sweep } from './sweep.ts'
import { type Problem, problem } from './violation.ts'

/** An epoch's journal, and the places that answers of that epoch gave away, in the order of the answers. */
interface Ordered {
  readonly found: Sweep
  readonly startedAt: number
  readonly placed: Array<{ readonly returnedAt: number; readonly place: number; readonly name: string }>
}

type AnsweredRequest = Answered | AnsweredRead

/** Checks all requests to one entity against its journal, epoch by epoch. */
export async function checkEntity(
  definition: AnyEntity,
  plan: Plan,
  record: EntityRecord,
  invocations: readonly Invocation[],
  invariants: AnyInvariants,
): Promise<readonly Problem[]> {
  if (record.unreadable !== undefined)
    return [problem('the journal can be read', [], record.unreadable.message)]
  const sendings = new Map(
    invocations.filter(isCommand).map((invocation) => [invocation.operation.number, invocation]),
  )
  const remembering = rememberingOf(plan)
  const court: Court = { definition, plan, remembering }
  const orders: Ordered[] = []
  const problems: Problem[] = []
  for (const epoch of record.epochs) {
    const found = await sweep(definition, epoch, sendings)
    const startedAt = orders.at(-1)?.found.epoch.endedAt ?? 0
    orders.push({ found, startedAt, placed: [] })
    problems.push(...found.problems, ...checkIds(found, remembering))
  }
  // Whatever follows presumes that every commit has been understood.
  if (problems.length > 0) return [...refolded(definition, orders), ...problems]

  for (const request of inOrderOfAnswers(invocations)) {
    problems.push(...(await judge(court, orders, request)))
  }
  for (const order of orders) problems.push(...checkRealTime(order))
  const last = orders.at(-1) as Ordered
  problems.push(
    ...checkFailures(
      invocations,
      orders.map(({ found }) => found),
    ),
  )
  problems.push(...checkActors(invocations), ...checkStates(definition, record, last.found))
  const { tenant, entityId } = record.entity
  problems.push(...checkInvariants(invariants, { tenant, entityId }, last.found))
  return problems.length > 0 ? [...refolded(definition, orders), ...problems] : problems
}

function refolded(definition: AnyEntity, orders: readonly Ordered[]): Problem[] {
  return orders.flatMap(({ found }) => foldAgain(definition, found)).slice(0, 1)
}

function inOrderOfAnswers(invocations: readonly Invocation[]): readonly AnsweredRequest[] {
  return (invocations as ReadonlyArray<CommandInvocation | ReadInvocation>)
    .filter((one): one is AnsweredRequest => one.result !== undefined && one.result.kind !== 'error')
    .toSorted((a, b) => Number(a.returnedAt) - Number(b.returnedAt))
}

/**
 * An answer belongs to an epoch that it overlaps with; a recorded one may be told after a restore has undone it. A request
 * during which the journal went back may have read some pages before and some after: it gives a state that was there.
 */
async function judge(
  court: Court,
  orders: readonly Ordered[],
  request: AnsweredRequest,
): Promise<readonly Problem[]> {
  const { invokedAt, returnedAt = 0, operation, result } = request
  const isReplay = result.kind !== 'read' && result.replayed
  const overlapping = orders.filter(
    ({ startedAt, found }) => startedAt <= returnedAt && (isReplay || invokedAt <= found.epoch.endedAt),
  )
  const isTorn = overlapping.length > 1 && !isReplay
  if (isTorn && operation.kind === 'read-past') return []
  let first: Judgement | undefined
  for (const order of overlapping.toReversed()) {
    const low = isTorn ? beginning : lastBefore(order, invokedAt)
    const judgement = await judgeIn(court, order.found, request, low)
    first ??= judgement
    if (judgement.problems.length > 0) continue
    if (judgement.place !== undefined)
      order.placed.push({ returnedAt, place: judgement.place, name: operation.name })
    return []
  }
  return first?.problems ?? []
}

function judgeIn(
  court: Court,
  found: Sweep,
  request: AnsweredRequest,
  low: Low,
): Promise<Judgement> | Judgement {
  return 'parsed' in request
    ? judgeAnswer(court, found, request, low)
    : judgeRead(court.definition, found, request, low)
}

const beginning: Low = { place: 0, name: 'the beginning' }

/** The last place that was answered before a step. */
function lastBefore({ placed }: Ordered, step: number): Low {
  let last = beginning
  for (const { returnedAt, place, name } of placed)
    if (returnedAt < step && place > last.place) last = { place, name }
  return last
}

/** An entry comes after everything that was answered before its command was sent. */
function checkRealTime(order: Ordered): Problem[] {
  return order.found.entries.flatMap(({ sent, place }) => {
    const low = lastBefore(order, sent.invokedAt)
    if (place > low.place) return []
    const names = [low.name, sent.operation.name]
    return [problem('real-time order', names, `place ${place} is not after ${low.place}`)]
  })
}
