import { describeEntity, type EntityKey } from '../../core/base/entity-key.ts'
import { isTailfoldError } from '../../core/base/errors.ts'
import { unexpected } from '../../core/base/failures.ts'
import { canonicalJson } from '../../core/base/json.ts'
import type { CommandContext } from '../../core/entity/entity.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import { type PastPoint, readPast } from '../../core/history/past-state.ts'
import { virtualStartMs } from '../virtual-platform.ts'
import type { Running } from './fleet.ts'
import type { CommandInvocation, Decision, Failed, Invocation, ReadInvocation, Settled } from './history.ts'
import { stateOf } from './instrument.ts'
import { traceOf } from './mark.ts'
import { plainCopy } from '../../core/base/json.ts'
import type { PlannedCommand, PlannedOperation, PlannedRead, PlannedReadPast } from './plan.ts'
import type { World } from './world.ts'

/** The callers of a history: they send what is planned, and note the answers. */
export interface Callers {
  invoke(to: Running, operation: PlannedOperation): void
  /** Notes what a handler was given. */
  decided(process: number, ctx: CommandContext, command: TypedMessage): void
  /** What came of everything sent so far. */
  invocations(): readonly Invocation[]
}

/** The entity an operation is for. */
export function targetOf(
  entityType: string,
  { tenant, entityId }: Pick<PlannedOperation, 'tenant' | 'entityId'>,
): EntityKey {
  return tenant === undefined ? { entityType, entityId } : { tenant, entityType, entityId }
}

/** @param parsed Commands as their schemas make them, by the number of their sending. */
export function startCallers(
  entityType: string,
  world: World,
  parsed: ReadonlyMap<number, TypedMessage>,
): Callers {
  const sent: Array<() => Invocation> = []
  const decisions = decisionLog(entityType, world)

  function sendCommand(to: Running, operation: PlannedCommand): () => CommandInvocation {
    const { entityId, tenant, commandId, principal, expectedRevision, expect, patienceMs, number } = operation
    const handedIn = { command: plainCopy(operation.command), principal: plainCopy(principal) }
    const deadline = to.process.platform.now() + patienceMs
    const scope = to.actorOf(targetOf(entityType, operation))
    const traceparent = traceOf(number)
    const options = { tenant, commandId, expectedRevision, expect, deadline, traceparent, scope }
    const settled = send(entityType, world, to, operation, () =>
      to.engine.execute(entityId, handedIn.command, { ...options, principal: handedIn.principal }),
    )
    return () => {
      const seen = settled()
      return {
        ...seen,
        operation,
        actor: scope,
        parsed: parsed.get(number),
        decisions: decisions.between(operation, seen.invokedAt, seen.returnedAt ?? Infinity),
        altered: canonicalJson(handedIn) !== canonicalJson({ command: operation.command, principal }),
      }
    }
  }

  return {
    invoke(to, operation) {
      const { caller, tenant } = operation
      if (caller !== undefined) world.tally.add(caller)
      if (tenant !== undefined) world.tally.add('tenants')
      if (operation.kind !== 'command') sent.push(sendRead(entityType, world, to, operation))
      else {
        if (operation.principal !== undefined) world.tally.add('principals')
        if (operation.expectedRevision !== undefined) world.tally.add('expected-revision')
        sent.push(sendCommand(to, operation))
      }
    },
    decided: decisions.add,
    invocations: () => sent.map((seen) => seen()),
  }
}

/** Sends a request; what is returned says what has come of it. */
function send<Result>(
  entityType: string,
  world: World,
  { process }: Running,
  operation: PlannedOperation,
  request: () => Promise<Result>,
): () => Settled<Result> {
  const invokedAt = world.step()
  let returnedAt: number | undefined
  let result: Result | Failed | undefined
  const settle = (answer: Result | Failed) => {
    returnedAt = world.step()
    result = answer
  }
  request().then(settle, (cause: unknown) => {
    const error = isTailfoldError(cause) ? cause : unexpected(targetOf(entityType, operation), cause)
    settle({ kind: 'error', error })
  })
  return () => ({ invokedAt, returnedAt, result, orphaned: process.crashed() })
}

function sendRead(
  entityType: string,
  world: World,
  to: Running,
  operation: PlannedRead | PlannedReadPast,
): () => ReadInvocation {
  const { entityId, tenant, patienceMs } = operation
  const point = operation.kind === 'read-past' ? pointOf(operation) : undefined
  const options = { tenant, deadline: to.process.platform.now() + patienceMs }
  const settled = send(entityType, world, to, operation, async () => {
    const found =
      point === undefined
        ? await to.engine.read(entityId, options)
        : await readPast(to.engine.reader(options), entityId, point)
    const own = found && { ...found, state: stateOf(found.state, to.newCode) }
    return { kind: 'read' as const, found: own }
  })
  return () => ({ ...settled(), operation, point })
}

/** The decisions that handlers made, by what they were asked. */
function decisionLog(entityType: string, world: World) {
  const decisions = new Map<string, Array<Decision & { readonly step: number }>>()
  return {
    add(process: number, ctx: CommandContext, { type }: TypedMessage): void {
      const { revision, now, commandId, principal } = ctx
      const name = nameOfDecision(process, describeEntity(ctx), type, commandId, principal?.id)
      const known = decisions.get(name) ?? []
      if (known.length === 0) decisions.set(name, known)
      known.push({ revision, now, atMs: world.elapsedMs(), step: world.step() })
    },
    /** Those that may have been made for a command, sent and answered at these steps. */
    between(operation: PlannedCommand, after: number, before: number): readonly Decision[] {
      const own = decisions.get(decisionName(operation, entityType)) ?? []
      return own.filter(({ step }) => step > after && step < before)
    },
  }
}

function pointOf({ by, value }: PlannedReadPast): PastPoint {
  if (by === 'revision') return { revision: value }
  return by === 'sequenceNr' ? { sequenceNr: value } : { at: virtualStartMs + value }
}

function decisionName(operation: PlannedCommand, entityType: string): string {
  const { process, command, commandId, principal } = operation
  const entity = describeEntity(targetOf(entityType, operation))
  return nameOfDecision(process, entity, command.type, commandId, principal?.id)
}

/** Decisions of equal names were made for equal requests, or for two of one type without an id at the same time. */
function nameOfDecision(...parts: ReadonlyArray<string | number | undefined>): string {
  return parts.join('\n')
}
