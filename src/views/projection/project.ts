import type { BatchConsumer } from '../../consumers/consumer.ts'
import type { Delivery } from '../../consumers/delivery.ts'
import { cutOff } from '../../consumers/handle-commits.ts'
import type { Hint } from '../../consumers/hints.ts'
import { inParallel } from '../../consumers/parallel.ts'
import type { Position } from '../../consumers/position-row.ts'
import type { ParkedEntity } from '../../consumers/tally.ts'
import { isTailfoldError } from '../../core/base/errors.ts'
import { sleep } from '../../core/base/platform.ts'
import type { RowChange } from './fold.ts'
import { foldGroup, type FoldedGroup, type SpanEnd } from './fold-group.ts'
import { type Group, groupsOf } from './groups.ts'
import { type KnownRows, knownRows } from './known-rows.ts'
import { type Parts, partsOf } from './parts.ts'
import { type Prepared, prepare } from './prepare.ts'
import { projectedKey } from './projected-row.ts'
import type { ProjectionShape } from './projection-shape.ts'

/** Entities whose commits are read at once. */
const lanes = 16
/** Each refusal is another process that came further. */
const mostRefusals = 20
/** Requests of a batch that fail on the store before its entities are left for later. */
const mostFailures = 3
const longestPauseMs = 200

/** A batch on its way, and what is known of it. */
interface Batch {
  readonly projection: ProjectionShape
  readonly delivery: Delivery<BatchConsumer>
  readonly parts: Parts
  readonly rows: KnownRows
  readonly positions: Map<string, Position>
  /** Entities that are not finished, with what was read of them. */
  readonly pending: Map<string, { readonly hint: Hint; readonly prepared?: Prepared | undefined }>
  /** Entities whose position must be read again. */
  readonly stale: Set<string>
  /** Entities whose commits are written one by one, to find the one that cannot be. */
  readonly alone: Set<string>
  /** Commits that cannot be written. */
  readonly unfit: Map<string, { readonly revision: number; readonly error: unknown }>
  /** Parked by writes of unknown outcome. */
  readonly perhapsParked: Map<string, ParkedEntity>
  readonly count: { refusals: number; failures: number }
}

/** Begins to project in a process. */
export function startProjecting(projection: ProjectionShape): ReturnType<BatchConsumer['start']> {
  const parts = partsOf(projection)
  return async (delivery, hints) => {
    const { rows, request, positions, tally } = delivery
    const batch: Batch = {
      projection,
      delivery,
      parts,
      rows: knownRows(rows, request),
      positions: new Map(),
      pending: new Map(hints.map((hint) => [hint.key, { hint }])),
      stale: new Set(),
      alone: new Set(),
      unfit: new Map(),
      perhapsParked: new Map(),
      count: { refusals: 0, failures: 0 },
    }
    try {
      const keys = [...batch.pending.keys()]
      // What was released a moment ago may be parked still for a read that is late, and what this process remembers was
      // perhaps dropped, where it reads from the beginning.
      const known = delivery.replay ? positions.readAllAgain : positions.read
      for (const [key, position] of await known(keys, request)) batch.positions.set(key, position)
      while (batch.pending.size > 0) await round(batch)
    } catch (error) {
      for (const { hint } of batch.pending.values()) tally.failed(hint, error)
    }
  }
}

/** Brings the entities that are left further: those of a write that is refused are tried again in the next round. */
async function round(batch: Batch): Promise<void> {
  const { delivery, stale, positions } = batch
  const { rows, request } = delivery
  if (stale.size > 0) {
    await pauseAfter(batch)
    for (const [key, position] of await delivery.positions.readAllAgain([...stale], request))
      positions.set(key, position)
    stale.clear()
  }
  const prepared = await prepareAll(batch)
  const part = await partOfNew(batch, prepared)
  const partOf = ({ hint }: Prepared) => positions.get(hint.key)?.part ?? part
  const rowKey = (entity: Prepared, { meta }: RowChange) =>
    projectedKey(batch.projection, entity.entity.tenant, meta.rowKey, partOf(entity))
  const groups = groupsOf(prepared, { limit: rows.limits.writes, rowKey, alone: batch.alone })
  await batch.rows.load([...new Set(groups.flatMap(({ rowKeys }) => rowKeys))])
  /** Those that do not go on in this round. */
  const stopped = new Set<string>()
  for (const group of groups) {
    const spans = group.spans.filter(({ of }) => !stopped.has(of.hint.key))
    if (spans.length === 0) continue
    await batch.rows.load(group.rowKeys)
    const now = delivery.platform.now()
    if (!(await delivery.mayBegin())) throw cutOff()
    const positionOf = (key: string) => positions.get(key) as Position
    const folding = { rows: batch.rows, positionOf, rowKey, partOf, now }
    const folded = foldGroup(batch.projection, { ...group, spans }, folding)
    const written = await write(batch, { ...group, spans }, folded)
    for (const { span, stop, move } of folded.ends)
      if (!written || stop !== undefined) stopped.add(move.key)
      else if (span.isLast && !span.of.more) batch.pending.delete(move.key)
  }
}

/** What the entities that are left have to add. Those that have nothing, or must not go on, are finished. */
async function prepareAll(batch: Batch): Promise<readonly Prepared[]> {
  const { projection, delivery, positions, pending, perhapsParked, unfit } = batch
  const { tally, takesHeld } = delivery
  const found: Prepared[] = []
  await inParallel([...pending.values()], lanes, async ({ hint, prepared: before }) => {
    const position = positions.get(hint.key) as Position
    const { hold } = position
    const perhaps = perhapsParked.get(hint.key)
    if (position.stored && position.revision >= hint.head) tally.repeated(hint.places.length)
    else if (hold?.state === 'parked' && perhaps?.revision === position.revision + 1) tally.parked(perhaps)
    else if (hold?.state === 'parked' || (hold !== undefined && !takesHeld)) tally.held()
    else {
      try {
        const prepared = await prepare(projection, delivery, hint, position, before)
        pending.set(hint.key, { hint, prepared })
        found.push(upTo(prepared, unfit.get(hint.key)))
        return
      } catch (error) {
        tally.failed(hint, error)
      }
    }
    pending.delete(hint.key)
  })
  return found
}

/** Stops an entity before a commit that cannot be written. */
function upTo(prepared: Prepared, unfit: { readonly revision: number; readonly error: unknown } | undefined) {
  if (unfit === undefined) return prepared
  const steps = prepared.steps.filter(({ commit }) => commit.revision < unfit.revision)
  return { ...prepared, steps, stop: { kind: 'poison', error: unfit.error } as const, more: false }
}

/** The part of a spread row that new entities go to. */
async function partOfNew(batch: Batch, prepared: readonly Prepared[]): Promise<number | undefined> {
  const { projection, parts, positions, delivery } = batch
  if (projection.spread === 1) return undefined
  const known = [...positions.values()].flatMap(({ part }) => part ?? [])
  const isNew = ({ hint }: Prepared) => positions.get(hint.key)?.part === undefined
  const [first] = prepared
    .filter(isNew)
    .flatMap(({ entity, steps }) =>
      steps.flatMap(({ changes }) =>
        changes.map(({ meta }) => ({ tenant: entity.tenant, rowKey: meta.rowKey })),
      ),
    )
  return first && parts.choose(known, first, delivery)
}

/** Writes a group, and says what became of its entities. False: they come in the next round, if they come again. */
async function write(batch: Batch, group: Group, { ends, rows }: FoldedGroup): Promise<boolean> {
  const { delivery, positions, count } = batch
  const moves = ends.flatMap(({ move }) => (isMove(move) ? [move] : []))
  try {
    if (moves.length === 0 || (await delivery.positions.moveWith(moves, rows, delivery.request))) {
      batch.rows.wrote(rows.map(({ row }) => row))
      for (const { key, from, to } of moves) positions.set(key, { part: from.part, ...to, stored: true })
      for (const end of ends) settle(batch, end)
      return true
    }
    count.refusals += 1
    if (count.refusals > mostRefusals)
      throw new Error(`Rows of ${batch.projection.id} were changed elsewhere ${mostRefusals} times in a row.`)
    if (moves.some(({ from }) => from.part === undefined)) batch.parts.refused()
  } catch (error) {
    failed(batch, ends, error)
  }
  for (const { move, parked } of ends) {
    batch.stale.add(move.key)
    if (parked !== undefined) batch.perhapsParked.set(move.key, parked)
  }
  batch.rows.forget(group.rowKeys)
  return false
}

/** Reports what an entity came to, once that is written. */
function settle({ delivery, pending }: Batch, { span, commits, stop, parked }: SpanEnd): void {
  const { tally, platform } = delivery
  tally.handled(commits, platform.now())
  if (stop === undefined) return
  pending.delete(span.of.hint.key)
  if (stop.kind === 'behind') tally.held()
  else if (parked === undefined) tally.failed(span.of.hint, stop.error)
  else tally.parked(parked)
}

/**
 * A write that threw. What passes by itself is tried again, and may have been applied. What does not is the fault of some
 * commit in the group: each is tried by itself, and the one that fails alone parks its entity.
 */
function failed(batch: Batch, ends: readonly SpanEnd[], error: unknown): void {
  const { alone, unfit, count } = batch
  const isOfStore = isTailfoldError(error, 'store-unavailable')
  if (isOfStore && (error.retryable || error.data.applied === 'unknown')) {
    count.failures += 1
    if (count.failures > mostFailures) throw error
    return
  }
  const [end, other] = ends
  const [step] = end?.span.steps ?? []
  if (end === undefined || other !== undefined || !alone.has(end.move.key)) {
    for (const { move } of ends) alone.add(move.key)
  } else if (isOfStore || step === undefined) throw error
  else unfit.set(end.move.key, { revision: step.commit.revision, error })
}

function isMove({ from, to }: SpanEnd['move']): boolean {
  return from.revision !== to.revision || from.hold !== to.hold || (!from.stored && to.revision > 0)
}

async function pauseAfter({ delivery, count }: Batch): Promise<void> {
  const { platform } = delivery
  const ms = Math.min(longestPauseMs, 5 * 2 ** Math.max(count.refusals, count.failures))
  await sleep(platform, platform.random() * ms)
}
