import { checkEntityId, checkTenant, type EntityKey } from '../base/entity-key.ts'
import { type EntityDefinition, type ResolvedEntity, resolveEntity } from '../entity/entity.ts'
import type { TypedMessage } from '../entity/message.ts'
import type { Journal } from '../journal/journal.ts'
import { toJournal } from '../journal/to-journal.ts'
import { acceptCommand } from './accept-command.ts'
import { checkRequest } from './check-request.ts'
import { commandQueue } from './command-queue.ts'
import type { Engine } from './contract.ts'
import { guardedPolicy } from './guarded-policy.ts'
import { historyReader } from './history-reader.ts'
import { harmless, type Warn } from './hooks.ts'
import { checkEngineOptions, type EngineOptions } from './options.ts'
import type { Outcome } from './outcome.ts'
import { readState } from './read-state.ts'
import { type Run, startRun } from './run.ts'
import { type BatchOptions, runBatch } from './run-batch.ts'
import { type SelfCalls, selfCalls } from './self-calls.ts'
import { type Shared, startShared } from './shared.ts'

/**
 * Makes the engine of one entity type. Commands of one entity are carried out in the order of `execute`, those with
 * asynchronous schemas in the order in which their schemas answer. Throws `TypeError` on a definition or options that
 * cannot work.
 */
export function createEngine<State, Event extends TypedMessage, Command extends TypedMessage>(
  entityDefinition: EntityDefinition<string, State, Event, Command>,
  options: EngineOptions,
): Engine<Command> {
  checkEngineOptions(options)
  const { platform, observers = [], maxBatch = 64, maxQueue = Infinity } = options
  const { maxQueueBytes = 64 * 1024 * 1024, retry: { timeoutMs = 10_000 } = {} } = options
  const warn = harmless(options.onWarning)
  const definition = withGuardedPolicy(resolveEntity(entityDefinition), warn)
  const journal = toJournal(options.journal)
  checkDedupe(definition, journal, definition.dedupe)
  const shared = startShared(definition, journal, options, warn)
  const calls = selfCalls(platform)
  const batches = batchOptions(shared, options, calls, timeoutMs)
  const queue = commandQueue({ maxBatch, maxQueue, maxQueueBytes }, (entity, commands) =>
    runBatch(batches, entity, commands),
  )
  const accepting = { definition, platform, observers, warn, send: queue.send }
  /** Outcomes that are waited for, those of commands that wait for their schemas included. */
  const underWay = new Set<Promise<Outcome>>()
  const { entityType } = definition
  const keyOf = (entityId: string, tenant: string | undefined): EntityKey =>
    tenant === undefined ? { entityType, entityId } : { tenant, entityType, entityId }
  const inTime = () => platform.now() + timeoutMs

  return {
    async execute(entityId, command, request = {}) {
      const { tenant, deadline = inTime(), dedupe, scope } = request
      const entity = keyOf(entityId, tenant)
      checkRequest(entity, command as TypedMessage, request)
      if (dedupe !== undefined) checkDedupe(definition, journal, dedupe)
      if (scope === undefined) calls.check(entity)
      const outcome = acceptCommand(accepting, entity, command as TypedMessage, request, deadline)
      underWay.add(outcome)
      return outcome.finally(() => underWay.delete(outcome))
    },
    async read(entityId, { tenant, deadline = inTime() } = {}) {
      return readState(shared, batches.startRun(checked(keyOf(entityId, tenant)), deadline))
    },
    reader({ tenant, deadline = inTime() } = {}) {
      const key = (entityId: string) => checked(keyOf(entityId, tenant))
      return historyReader(shared, key, (entity) => batches.startRun(entity, deadline))
    },
    forget(entityId, tenant) {
      const entity = checked(keyOf(entityId, tenant))
      shared.forget(entity, queue.has(entity))
    },
    async idle() {
      while (queue.size() + shared.snapshots.pending() + underWay.size > 0) {
        await Promise.all([shared.snapshots.idle(), queue.idle(), Promise.allSettled(underWay)])
      }
    },
  }
}

function batchOptions(
  shared: Shared,
  options: EngineOptions,
  calls: SelfCalls,
  timeoutMs: number,
): BatchOptions {
  const { platform, journal, requests, backoff } = shared
  const { costs = false, retry: { maxAttempts = 100 } = {} } = options
  const { maxEvents = Infinity, maxRecordedRejections = 1_000 } = options
  const { keepsRejections, maxCommandIds } = journal
  const { roundTripMs } = requests
  return {
    shared,
    timeoutMs,
    startRun: (entity, deadline): Run =>
      startRun({ platform, backoff, roundTripMs, entity, deadline, maxAttempts, costs }),
    limits: (entity) => ({
      ...{ maxEvents, keepsRejections, maxCommandIds, maxRecordedRejections },
      asHandler: (handle) => calls.handle(entity, handle),
    }),
  }
}

function withGuardedPolicy(definition: ResolvedEntity, warn: Warn): ResolvedEntity {
  return { ...definition, snapshotPolicy: guardedPolicy(definition, warn) }
}

function checkDedupe({ entityType }: ResolvedEntity, journal: Journal, dedupe: 'window' | 'always'): void {
  if (dedupe === 'window' || journal.findCommandId !== undefined) return
  throw new TypeError(`dedupe: 'always' of ${entityType} needs a journal whose store offers findCommandId.`)
}

function checked(entity: EntityKey): EntityKey {
  checkTenant(entity.tenant)
  checkEntityId(entity.entityId)
  return entity
}
