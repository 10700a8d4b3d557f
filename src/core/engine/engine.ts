import { checkOptionsObject, describeValue } from '../base/describe-value.ts'
import { checkEntityId, checkTenant, type EntityKey } from '../base/entity-key.ts'
import type { Platform } from '../base/platform.ts'
import { type EntityDefinition, type ResolvedEntity, resolveEntity } from '../entity/entity.ts'
import type { TypedMessage } from '../entity/message.ts'
import type { SchemasByName } from '../entity/schema.ts'
import type { SentCommand } from '../entity/schema-types.ts'
import type { Journal } from '../journal/journal.ts'
import { acceptCommand } from './accept-command.ts'
import { checkReadOptions, checkRequest } from './check-request.ts'
import { type CommandQueue, commandQueue } from './command-queue.ts'
import type { Engine, HistoryReader, ReadOptions } from './contract.ts'
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
import { withSteadyClock } from './steady-clock.ts'

/**
 * Makes the engine of one entity type. Commands of one entity are carried out in the order of `execute`, those with
 * asynchronous schemas in the order in which their schemas answer, unless they share a scope. Throws `TypeError` on a
 * definition or options that cannot work.
 */
export function createEngine<
  State,
  Event extends TypedMessage,
  Command extends TypedMessage,
  Commands extends SchemasByName = SchemasByName,
>(
  entityDefinition: EntityDefinition<string, State, Event, Command, Commands>,
  options: EngineOptions,
): Engine<SentCommand<Command, Commands>, State, Event> {
  checkEngineOptions(options)
  const { journal, observers = [], maxBatch = 64, maxQueue = Infinity } = options
  const platform = withSteadyClock(options.platform)
  const { maxQueueBytes = 64 * 1024 * 1024, retry: { timeoutMs = 10_000 } = {} } = options
  const warn = harmless(options.onWarning)
  const definition = withGuardedPolicy(resolveEntity(entityDefinition), warn)
  checkDedupe(definition, journal, definition.dedupe)
  const shared = startShared(definition, journal, { ...options, platform }, warn)
  const calls = selfCalls(platform)
  const batches = batchOptions(shared, options, calls, timeoutMs)
  const queue = commandQueue({ platform, maxBatch, maxQueue, maxQueueBytes }, (entity, commands) =>
    runBatch(batches, entity, commands),
  )
  /** Outcomes of commands that wait, or waited, for their schemas. */
  const parsing = new Set<Promise<Outcome>>()
  const accepting = { definition, platform, observers, warn, queue, parsing }
  const keyOf = keysOf(definition)
  const defaultDeadline = () => timeOf(options.platform) + timeoutMs
  const runOf = (entityId: string, { tenant, deadline = defaultDeadline() }: ReadOptions) =>
    batches.startRun(checked(keyOf(entityId, tenant)), deadline)

  const engine: Engine = {
    async execute(entityId, command, request = {}) {
      checkOptionsObject('The options of execute', request)
      const defaultDue = defaultDeadline()
      const { tenant, deadline = defaultDue, dedupe, scope } = request
      const entity = keyOf(entityId, tenant)
      checkRequest(entity, command, request)
      if (dedupe !== undefined) checkDedupe(definition, journal, dedupe)
      if (scope === undefined) calls.check(entity)
      return acceptCommand(accepting, entity, command, request, deadline === Infinity ? defaultDue : deadline)
    },
    read: (entityId, readOptions = {}) =>
      readState(shared, () => {
        checkReadOptions(readOptions)
        return runOf(entityId, readOptions)
      }),
    reader(readOptions = {}) {
      checkReadOptions(readOptions)
      const { tenant, deadline = defaultDeadline() } = readOptions
      const key = (entityId: string) => checked(keyOf(entityId, tenant))
      // What is in the journal of an entity are events of its definition.
      return historyReader(shared, key, (entity) => batches.startRun(entity, deadline)) as EngineReader
    },
    forget(entityId, tenant) {
      shared.forget(checked(keyOf(entityId, tenant)))
    },
    idle: () => idle(queue, shared, parsing),
  }
  return engine as Engine<SentCommand<Command, Commands>, State, Event>
}

/** Resolves when nothing is under way. What ends may begin something else: a command its snapshot. */
async function idle(
  queue: CommandQueue,
  { snapshots }: Shared,
  parsing: ReadonlySet<Promise<Outcome>>,
): Promise<void> {
  while (queue.size() + snapshots.pending() + parsing.size > 0)
    await Promise.all([snapshots.idle(), queue.idle(), Promise.allSettled(parsing)])
}

type EngineReader = HistoryReader<unknown, TypedMessage>

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
      startRun({
        platform,
        backoff,
        roundTripMs,
        entity,
        deadline,
        maxAttempts,
        costs,
        forgets: shared.forgets(),
      }),
    limits: (entity) => ({
      maxEvents,
      keepsRejections,
      maxCommandIds,
      maxRecordedRejections,
      timeoutMs,
      asHandler: (handle) => calls.handle(entity, handle),
    }),
  }
}

function keysOf({ entityType }: ResolvedEntity) {
  return (entityId: string, tenant: string | undefined): EntityKey =>
    tenant === undefined ? { entityType, entityId } : { tenant, entityType, entityId }
}

function withGuardedPolicy(definition: ResolvedEntity, warn: Warn): ResolvedEntity {
  return { ...definition, snapshotPolicy: guardedPolicy(definition, warn) }
}

function checkDedupe({ entityType }: ResolvedEntity, journal: Journal, dedupe: 'window' | 'always'): void {
  if (dedupe === 'window' || journal.findCommandId !== undefined) return
  throw new TypeError(`dedupe: 'always' of ${entityType} needs a journal whose store offers findCommandId.`)
}

/** Throws on a clock that does not tell the time: deadlines would mean nothing. */
function timeOf(platform: Platform): number {
  let time: unknown
  let cause: unknown
  try {
    time = platform.now()
  } catch (error) {
    cause = error
  }
  if (Number.isFinite(time)) return time as number
  const message = `platform.now() must return milliseconds since the epoch, not ${describeValue(time)}.`
  throw new TypeError(message, { cause })
}

function checked(entity: EntityKey): EntityKey {
  checkTenant(entity.tenant)
  checkEntityId(entity.entityId)
  return entity
}
