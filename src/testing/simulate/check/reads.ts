import { canonicalJson } from '../../../core/base/json.ts'
import type { StateAt } from '../../../core/engine/view.ts'
import type { AnyEntity } from '../../../core/entity/entity.ts'
import type { ReadInvocation } from '../history.ts'
import type { Judgement, Low } from './answers.ts'
import { excerpt } from './decide-again.ts'
import { frozenJson } from '../../../core/base/json.ts'
import type { Point, Sweep } from './sweep.ts'
import { problem } from './violation.ts'

/** A read that was answered. */
export type AnsweredRead = ReadInvocation & {
  readonly result: { readonly kind: 'read'; readonly found: StateAt | undefined }
}

/** A read gives the state after a commit; a current one not an older one than was answered before it was asked for. */
export function judgeRead(definition: AnyEntity, found: Sweep, read: AnsweredRead, low: Low): Judgement {
  const { point, result, operation } = read
  const { name } = operation
  const wrong = (detail: string): Judgement => ({
    place: undefined,
    problems: [problem('a read gives the state of its place', [low.name, name], detail)],
  })
  if (point !== undefined) {
    const detail = whyNotPast(definition, found, read, low)
    return detail === undefined ? { place: undefined, problems: [] } : wrong(detail)
  }
  if (result.found === undefined) return wrong('it gave nothing')
  const place = found.points.findLastIndex(({ revision }) => revision === result.found?.revision)
  const at = found.points[place]
  if (at === undefined || place < low.place || !isState(at, result.found))
    return wrong(`revision ${result.found.revision}, from place ${low.place} on`)
  return isDurable(found, place, read) ? { place, problems: [] } : wrong('not durable yet')
}

/** What is wrong with a past state. `undefined` is right only where the entity may not have come that far. */
function whyNotPast(
  definition: AnyEntity,
  found: Sweep,
  { point, result }: AnsweredRead,
  low: Low,
): string | undefined {
  const reached = found.points[low.place] as Point
  const told = result.found
  const want = JSON.stringify(point)
  if (point === undefined) return undefined
  if ('at' in point) return whyNotAt(found, point.at, told, reached)
  if (told === undefined) {
    const behind =
      'revision' in point ? reached.revision < point.revision : reached.sequenceNr < point.sequenceNr
    return behind ? undefined : `nothing at ${want}, but revision ${reached.revision} was answered before`
  }
  const expected =
    'revision' in point
      ? found.points.findLast(({ revision }) => revision === point.revision)
      : afterEvent(definition, found, point.sequenceNr)
  if (expected !== undefined && isState(expected, told)) return undefined
  return `another state at ${want}: ${excerpt(told.state)}, not ${excerpt(expected?.state)}`
}

/** The state after the n-th event, which may lie within a commit. */
function afterEvent(
  { onEvent }: AnyEntity,
  { points, entries }: Sweep,
  sequenceNr: number,
): Point | undefined {
  const place = points.findIndex((point) => point.sequenceNr >= sequenceNr)
  const entry = entries[place - 1]
  const before = points[place - 1]
  if (entry === undefined || before === undefined) return points[place]
  const events = entry.events.slice(0, sequenceNr - before.sequenceNr)
  const state = events.reduce<unknown>(
    (folded, event) => frozenJson(onEvent(folded, event), 'state'),
    before.state,
  )
  return { state, sequenceNr, revision: entry.revision }
}

/** Clocks differ: any commit will do that is not after the time and whose next one is, or was not there yet. */
function whyNotAt({ points, epoch }: Sweep, at: number, told: StateAt | undefined, reached: Point) {
  if (told === undefined) return 'nothing at a time'
  const expected = points.findLast(({ revision }) => revision === told.revision)
  if (expected === undefined || !isState(expected, told)) return `another state at revision ${told.revision}`
  const early = (revision: number) => (epoch.commits[revision - 1]?.timestamp ?? -Infinity) <= at
  const latest = epoch.commits
    .slice(0, told.revision + 1)
    .reduce((time, commit) => Math.max(time, commit.timestamp), 0)
  const nextIsLater = !early(told.revision + 1) || latest > at
  const newest = told.revision >= reached.revision
  return early(told.revision) && (newest || nextIsLater)
    ? undefined
    : `revision ${told.revision} is not of that time`
}

function isState(point: Point, { revision, sequenceNr, state }: StateAt): boolean {
  const same = point.revision === revision && point.sequenceNr === sequenceNr
  return same && canonicalJson(point.state) === canonicalJson(state)
}

function isDurable({ entries }: Sweep, place: number, { returnedAt }: AnsweredRead): boolean {
  const durable = entries[place - 1]?.durable
  return place === 0 || (durable !== undefined && durable.step < Number(returnedAt))
}
