import type { AnyEntity } from '../../../core/entity/entity.ts'
import type { Outcome } from '../../../core/engine/outcome.ts'
import type { CommandInvocation } from '../history.ts'
import type { Plan } from '../plan.ts'
import { answerOf, decideAgain, type Redecided } from './decide-again.ts'
import { idOf } from './entries.ts'
import { mayBeForgotten, type Remembering } from './ids.ts'
import type { PlacedEntry, Sweep } from './sweep.ts'
import { type Problem, problem } from './violation.ts'

/** What an answer says about the order: its place in the journal, when it has one, and what is wrong with it. */
export interface Judgement {
  readonly place: number | undefined
  readonly problems: readonly Problem[]
}

/** What answers are judged by. */
export interface Court {
  readonly definition: AnyEntity
  readonly plan: Plan
  readonly remembering: Remembering
}

/** The last place that was answered before a request was sent. */
export interface Low {
  readonly place: number
  readonly name: string
}

/** A command that was answered, with its answer. */
export type Answered = CommandInvocation & { readonly result: Outcome }

/** An answer is that of its entry, a recorded one, or that of a state within its interval. */
export function judgeAnswer(
  court: Court,
  found: Sweep,
  sent: Answered,
  low: Low,
): Promise<Judgement> | Judgement {
  if (sent.result.replayed) return judgeReplay(found, sent)
  const own = found.ofSending.get(sent.operation.number)
  return own === undefined ? judgeSilent(court, found, sent, low) : judgeEntry(found, sent, own)
}

function judgeReplay(found: Sweep, { operation, result }: Answered): Judgement {
  const entries = found.ofId.get(idOf(operation) ?? '') ?? []
  const entry = entries.find(
    ({ sent, revision }) => sent.operation.marker === operation.marker && revision === result.revision,
  )
  if (entry === undefined) {
    const detail = `told what revision ${result.revision} recorded`
    return {
      place: undefined,
      problems: [problem('a repeated answer is recorded', [operation.name], detail)],
    }
  }
  return { place: entry.place, problems: compare(entry, operation.name, result) }
}

function judgeEntry(
  { points }: Sweep,
  { operation, result, returnedAt }: Answered,
  own: PlacedEntry,
): Judgement {
  const { name, expectedRevision } = operation
  const problems = compare(own, name, result)
  if (own.revision !== result.revision)
    problems.push(
      problem('the revision of its place', [name], `told ${result.revision}, not ${own.revision}`),
    )
  const before = points[own.place - 1]?.revision
  // The first command of the next commit: those of one commit do not make revisions for each other.
  const held = before === expectedRevision && own.revision - 1 === expectedRevision
  if (expectedRevision !== undefined && !held)
    problems.push(
      problem('the expected revision held', [name], `expected ${expectedRevision}, was ${before}`),
    )
  if (own.durable === undefined || own.durable.step > Number(returnedAt))
    problems.push(problem('durable before it is answered', [name], `revision ${own.revision}`))
  return { place: own.place, problems }
}

function compare({ answer }: PlacedEntry, name: string, result: Outcome): Problem[] {
  const given = answerOf(result)
  if (given === answer) return []
  return [problem('the answer of its place', [name], `told ${given}, its place gives ${answer}`)]
}

/** An answer that wrote nothing: the handler gives it, without events, at a state that the caller may have met. */
async function judgeSilent(court: Court, found: Sweep, sent: Answered, low: Low): Promise<Judgement> {
  const { operation, result, returnedAt } = sent
  const { name, commandId, expectedRevision } = operation
  const tried: Redecided[] = []
  const place = await silentPlace(court, found, sent, low, (decided) => tried.push(decided))
  if (place === undefined) {
    const told = `${answerOf(result)} at revision ${result.revision}, from place ${low.place} on`
    const detail = [told, ...new Set(tried.map((decided) => decided.told()))].join('; decided again there: ')
    const rule = 'an answer fits a state within its interval'
    return { place, problems: [problem(rule, [low.name, name], detail)] }
  }
  const problems: Problem[] = []
  if (result.kind === 'rejected' && commandId !== undefined && court.plan.journal === 'store')
    problems.push(problem('a rejection with a command id is recorded', [name], answerOf(result)))
  if (expectedRevision !== undefined && result.revision !== expectedRevision)
    problems.push(
      problem('the expected revision held', [name], `expected ${expectedRevision}, was ${result.revision}`),
    )
  const durable = found.entries[place - 1]?.durable
  if (place > 0 && (durable === undefined || durable.step > Number(returnedAt)))
    problems.push(problem('durable before it is answered', [name], `revision ${result.revision}`))
  return { place, problems }
}

/** The first place of the revision told, not before `low`, whose state gives the answer at a time the handler saw. */
async function silentPlace(
  { definition, plan, remembering }: Court,
  found: Sweep,
  sent: Answered,
  low: Low,
  onDecided: (decided: Redecided) => void,
): Promise<number | undefined> {
  const { operation, result, decisions } = sent
  const given = answerOf(result)
  const met = decisions.filter(({ revision }) => revision === result.revision)
  const recorded = found.ofId.get(idOf(operation) ?? '')
  for (let place = low.place; place < found.points.length; place++) {
    const point = found.points[place]
    if (point?.revision !== result.revision) continue
    const known = recorded?.findLast((entry) => entry.place <= place)
    const tried = new Set<number>()
    for (const { now, atMs } of met) {
      if (known !== undefined && !mayBeForgotten(found, known, place, atMs, remembering)) continue
      if (tried.has(now)) continue
      tried.add(now)
      const decided = await decideAgain(definition, sent, point, now)
      onDecided(decided)
      if (decided.events.length > 0 || decided.kind === 'nothing') continue
      const isRecorded = operation.commandId !== undefined && plan.journal === 'store'
      if (decided.kind === 'persisted' && isRecorded) continue
      if (decided.answer(point.state) === given) return place
    }
  }
  return undefined
}
