import { checkEntityId, checkTenant, describeEntity, type EntityKey } from '../base/entity-key.ts'
import { isTailfoldError } from '../base/errors.ts'
import { queueFull } from '../base/failures.ts'
import { type EntityDefinition, resolveEntity } from '../entity/entity.ts'
import type { TypedMessage } from '../entity/message.ts'
import { parseCommand } from '../entity/schema-checks.ts'
import { toJournal } from '../journal/to-journal.ts'
import { type Batch, startBatch } from './batch.ts'
import { checkRequest, copyCommand } from './check-request.ts'
import type { Engine, ExecuteOptions } from './contract.ts'
import { type DecisionLimits, entityJournal } from './entity-journal.ts'
import { historyReader } from './history-reader.ts'
import { harmless } from './hooks.ts'
import { carryOut } from './loop.ts'
import { type Mailbox, mailbox } from './mailbox.ts'
import { checkEngineOptions, type EngineOptions } from './options.ts'
import type { Outcome } from './outcome.ts'
import { type PendingCommand, pendingCommand } from './pending-command.ts'
import { guardedPolicy } from './guarded-policy.ts'
import { type CommandIdentity, identify } from './receipts.ts'
import { type Run, startRun } from './run.ts'
import { selfCalls } from './self-calls.ts'
import { startShared } from './shared.ts'

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
  const { platform, observers = [], retry = {}, maxBatch = 64 } = options
  const { maxQueue = Infinity, maxQueueBytes = 64 * 1024 * 1024, maxEvents = Infinity } = options
  const { maxAttempts = 100, timeoutMs = 10_000 } = retry
  const warn = harmless(options.onWarning)
  const resolved = resolveEntity(entityDefinition)
  const definition = { ...resolved, snapshotPolicy: guardedPolicy(resolved, warn) }
  const journal = toJournal(options.journal)
  const shared = startShared(definition, journal, options, warn)
  const calls = selfCalls(platform)
  const mailboxes = new Map<string, Mailbox<PendingCommand>>()
  /** Commands that wait, or waited, for their schemas. */
  const parsing = new Set<Promise<Outcome>>()
  let queuedBytes = 0

  function checkDedupe(dedupe: 'window' | 'always'): void {
    if (dedupe === 'window' || journal.findCommandId !== undefined) return
    throw new TypeError(
      `dedupe: 'always' of ${definition.entityType} needs a journal whose store offers findCommandId.`,
    )
  }
  checkDedupe(definition.dedupe)

  function run(entity: EntityKey, deadline: number): Run {
    const { backoff, requests } = shared
    const costs = options.costs ?? false
    return startRun({
      platform,
      backoff,
      roundTripMs: requests.roundTripMs,
      entity,
      deadline,
      maxAttempts,
      costs,
    })
  }

  function limits(entity: EntityKey): DecisionLimits {
    return {
      maxEvents,
      keepsRejections: journal.keepsRejections,
      maxCommandIds: journal.maxCommandIds,
      maxRecordedRejections: options.maxRecordedRejections ?? 1_000,
      asHandler: (handle) => calls.handle(entity, handle),
    }
  }

  /** Carries out a batch; what it leaves to the next one is returned. Never throws. */
  async function runBatch(
    entity: EntityKey,
    commands: readonly PendingCommand[],
  ): Promise<readonly PendingCommand[]> {
    const batch = startBatch(entity, commands)
    const latest = Math.max(...commands.map(({ deadline }) => deadline))
    // A command may wait as long as it likes; its attempts may not take for ever.
    const attempt = run(entity, Math.min(latest, Math.max(platform.now(), ...finite(commands)) + timeoutMs))
    try {
      if (batch.dropExpired()) await carryOut(batch, entityJournal(shared, attempt, limits(entity)), attempt)
    } catch (error) {
      await failBatch(entity, batch, attempt, error)
    }
    shared.release(entity)
    return batch.deferred()
  }

  /** One command that cannot be stored must not fail the others of its batch: then each runs alone. */
  async function failBatch(entity: EntityKey, batch: Batch, attempt: Run, error: unknown): Promise<void> {
    const commands = batch.commands()
    const ofOneCommand =
      isTailfoldError(error, 'record-too-large') && !commands.some(({ inDoubt }) => inDoubt)
    if (ofOneCommand && commands.length > 1) {
      for (const command of commands) await runBatch(entity, [command])
      return
    }
    batch.fail(error, attempt.effort(commands.length, undefined))
  }

  function keyOf(entityId: string, tenant: string | undefined): EntityKey {
    const { entityType } = definition
    return tenant === undefined ? { entityType, entityId } : { tenant, entityType, entityId }
  }

  function checkedKey(entityId: string, tenant: string | undefined): EntityKey {
    checkTenant(tenant)
    checkEntityId(entityId)
    return keyOf(entityId, tenant)
  }

  function send(entity: EntityKey, pending: PendingCommand, outcome: Promise<Outcome>): void {
    const name = describeEntity(entity)
    const box =
      mailboxes.get(name) ??
      mailbox<PendingCommand>(
        maxBatch,
        (commands) => runBatch(entity, commands),
        () => mailboxes.delete(name),
      )
    if (box.waiting() >= maxQueue) return pending.answer({ error: queueFull(entity, maxQueue, 'commands') })
    if (queuedBytes + pending.bytes > maxQueueBytes) {
      return pending.answer({ error: queueFull(entity, maxQueueBytes, 'bytes') })
    }
    queuedBytes += pending.bytes
    const leave = () => {
      queuedBytes -= pending.bytes
    }
    outcome.then(leave, leave)
    mailboxes.set(name, box)
    box.add(pending)
  }

  function begin(
    entity: EntityKey,
    sent: TypedMessage,
    parsed: TypedMessage,
    identity: CommandIdentity | undefined,
    request: ExecuteOptions,
    deadline: number,
  ): Promise<Outcome> {
    const { principal, expectedRevision, dedupe = definition.dedupe } = request
    const { value: command, bytes } = copyCommand(parsed, false)
    const { pending, outcome } = pendingCommand(platform, {
      entity,
      sent,
      command,
      bytes,
      identity,
      dedupe,
      principal: principal && Object.freeze({ ...principal }),
      traceparent: request.traceparent,
      requestId: request.requestId,
      expectedRevision,
      expectsNew: request.expect === 'new' || expectedRevision === 0,
      scope: request.scope,
      deadline,
      replyTo: request.replyTo,
      observers,
      warn,
    })
    send(entity, pending, outcome)
    return outcome
  }

  function underWay(outcome: Promise<Outcome>): Promise<Outcome> {
    parsing.add(outcome)
    return outcome.finally(() => parsing.delete(outcome))
  }

  return {
    async execute(entityId, command, request = {}) {
      const { deadline = platform.now() + timeoutMs, tenant } = request
      const entity = keyOf(entityId, tenant)
      const sent = command as TypedMessage
      checkRequest(entity, sent, request)
      checkDedupe(request.dedupe ?? 'window')
      if (request.scope === undefined) calls.check(entity)
      const { commandId, principal } = request
      // Of the command as it was sent, before a schema changes it.
      const identity =
        commandId === undefined
          ? undefined
          : identify(platform, commandId, copyCommand(sent, true).value, principal)
      const parsed = parseCommand(definition, entity, sent, { platform, deadline })
      // Not awaited needlessly: commands are carried out in the order of the calls.
      return parsed instanceof Promise
        ? underWay(parsed.then((value) => begin(entity, sent, value, identity, request, deadline)))
        : begin(entity, sent, parsed, identity, request, deadline)
    },
    async read(entityId, { tenant, deadline = platform.now() + timeoutMs } = {}) {
      const entity = checkedKey(entityId, tenant)
      const { cache, recovery, snapshots, keep } = shared
      const reading = run(entity, deadline)
      const warm = cache.get(entity)
      const comparedAt = platform.now()
      const newest =
        warm === undefined ? await recovery.recover(reading) : await recovery.readOn(warm.view, reading)
      const view = snapshots.saveIfDueAfterRead(newest)
      keep({ view, comparedAt, readFirst: warm?.readFirst ?? false })
      return { revision: view.revision, sequenceNr: view.sequenceNr, state: view.state }
    },
    reader({ tenant, deadline = platform.now() + timeoutMs } = {}) {
      return historyReader(
        shared,
        (entityId) => checkedKey(entityId, tenant),
        (entity) => run(entity, deadline),
      )
    },
    forget(entityId, tenant) {
      const entity = checkedKey(entityId, tenant)
      shared.forget(entity, mailboxes.has(describeEntity(entity)))
    },
    async idle() {
      while (mailboxes.size + shared.snapshots.pending() + parsing.size > 0) {
        const sent = [...mailboxes.values()].map((box) => box.idle())
        await Promise.all([shared.snapshots.idle(), ...sent, Promise.allSettled(parsing)])
      }
    },
  }
}

function finite(commands: readonly PendingCommand[]): readonly number[] {
  return commands.map(({ deadline }) => deadline).filter(Number.isFinite)
}
