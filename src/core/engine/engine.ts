import type { Commit } from '../journal/commit.ts'
import { startContention } from './backoff.ts'
import { type Decision, decide, isRecorded, needsCommit } from './decide.ts'
import type { Attempt } from './decide-command.ts'
import {
  type AnyEntity,
  checkDefinition,
  type EntityDefinition,
  type TypedMessage,
} from '../entity/entity.ts'
import type { Engine } from './engine-contract.ts'
import { checkEngineOptions, type EngineOptions } from './options.ts'
import { checkEntityId, checkTenant, describeEntity, type EntityKey } from '../base/entity-key.ts'
import { conflictBudgetExhausted, queueFull, unexpected } from '../base/failures.ts'
import { isTailfoldError } from '../base/errors.ts'
import { journalAccess } from './entity-journal.ts'
import { type Mailbox, mailbox } from './mailbox.ts'
import type { Effort } from './observer.ts'
import type { Outcome } from './outcome.ts'
import { readPastState } from '../history/past-state.ts'
import { recentCommandsKept } from '../journal/recent-commands.ts'
import { type RetryBudget, startRetryBudget } from './run.ts'
import { snapshotByBytes } from '../entity/snapshot-policy.ts'
import { parseCommand } from '../entity/schema-checks.ts'
import { checkRequest, fingerprintOf, makeTask, type Task } from './pending-command.ts'
import { foldCommits, startView, type View } from './view.ts'
import { viewCache } from './view-cache.ts'

/**
 * Makes the engine of one entity type. Commands of one entity are carried out in the order of `execute`, those with
 * asynchronous schemas in the order in which their schemas answer.
 */
export function createEngine<State, Event extends TypedMessage, Command extends TypedMessage>(
  entityDefinition: EntityDefinition<string, State, Event, Command>,
  options: EngineOptions,
): Engine<Command> {
  const definition = entityDefinition as unknown as AnyEntity
  checkEngineOptions(options)
  checkDefinition(entityDefinition)
  const { platform, retry = {}, endsWhenStopped = false, observers = [] } = options
  const { maxBatch = 64, maxQueue = Infinity, maxEvents = Infinity } = options
  const warn = (message: string, error?: unknown) => {
    try {
      options.onWarning?.(message, error)
    } catch {
      // Who cannot take a warning goes without; nothing else depends on it.
    }
  }
  const { maxAttempts = 100, timeoutMs = 10_000, requestTimeoutMs = 3_000 } = retry
  const cache = viewCache(options.cache)
  const access = journalAccess(definition, options.journal, platform, {
    requestTimeoutMs,
    snapshot: options.snapshot,
    onWarning: warn,
  })
  const snapshotDue = definition.snapshotPolicy ?? snapshotByBytes
  const contention = startContention(access.roundTripMs)
  const mailboxes = new Map<string, Mailbox<Task>>()
  const snapshotWrites = new Set<Promise<void>>()
  /** Commands that wait, or waited, for their schemas. */
  const parsing = new Set<Promise<Outcome>>()
  /** Entities whose last snapshot failed while a command was under way. */
  const unsaved = new Set<string>()

  /** The loop: recover, decide, append; when another writer won, fold its commit and decide again. */
  async function run(entity: EntityKey, batch: readonly Task[]): Promise<void> {
    const budget = startBudget(Math.max(...batch.map((task) => task.deadline)))
    try {
      let tasks = batch.filter((task) => task.begin())
      if (tasks.length === 0) return
      let known = await open(entity, tasks, budget)
      while (tasks.length > 0) {
        const now = platform.now()
        const decision = await decide(definition, known.view, tasks, attemptAt(now, entity, budget))
        if (needsCommit(decision)) {
          known = { ...known, view: snapshotWhenDue(known.view) }
          const result = await access.commit(known.view, decision, Math.floor(now), budget)
          learn(budget, known, result.kind === 'committed')
          if (result.kind === 'committed') return finish(known, result.view, tasks, decision, budget)
          if (!(await budget.afterConflict())) throw conflictBudgetExhausted(entity, budget.attempts())
          known = await afterConflict(known, result.winner, budget)
          tasks = tasks.filter((task) => task.begin())
        } else {
          const decidedAt = known.view.revision
          if (known.trust !== 'verified' && !isRecorded(decision)) known = await verified(known, budget)
          if (known.view.revision === decidedAt)
            return finish(known, snapshotWhenDue(known.view), tasks, decision, budget)
        }
      }
    } catch (error) {
      cache.delete(entity)
      await fail(entity, batch, error, budget)
    }
  }

  /** A warm view while it is likely fresh, the empty one when the callers believe in it, else the journal. */
  async function open(entity: EntityKey, batch: readonly Task[], budget: RetryBudget): Promise<Known> {
    const warm = cache.get(entity, platform.now())
    if (warm?.fresh) return { view: warm.view, trust: 'warm', ageMs: warm.ageMs }
    if (warm === undefined && batch.every((task) => task.expectsNew)) {
      return { view: startView(definition, entity, undefined), trust: 'guessed', ageMs: 0 }
    }
    return { view: await readNow(warm?.view, entity, budget), trust: 'verified', ageMs: 0 }
  }

  /** The winner is known. Who loses again lags further behind, and who guessed knows nothing: those read. */
  async function afterConflict(known: Known, winner: Commit, budget: RetryBudget): Promise<Known> {
    if (known.trust === 'guessed') return verified(known, budget)
    const folded = { ...known, view: foldCommits(definition, known.view, [winner]) }
    budget.folded(1)
    return budget.conflicts() > 1 ? verified(folded, budget) : folded
  }

  async function verified({ view, trust }: Known, budget: RetryBudget): Promise<Known> {
    const newest = await readNow(trust === 'guessed' ? undefined : view, view.entity, budget)
    return { view: newest, trust: 'verified', ageMs: 0 }
  }

  /** The newest view: read on from a known one, or recovered. */
  function readNow(known: View | undefined, entity: EntityKey, budget: RetryBudget): Promise<View> {
    return known === undefined ? access.recover(entity, budget) : access.readOn(known, budget)
  }

  /** A first attempt tells whether warm views are still fresh at that age, and whether the entity is calm. */
  function learn(budget: RetryBudget, { trust, ageMs }: Known, committed: boolean): void {
    if (budget.conflicts() > 0) return
    if (trust === 'warm') cache.learn(ageMs, committed)
    if (committed) contention.calm()
  }

  function attemptAt(now: number, entity: EntityKey, budget: RetryBudget): Attempt {
    return {
      now,
      attempt: budget.attempts(),
      platform,
      endsWhenStopped,
      keepsRefusals: access.keepsRefusals,
      maxEvents,
      window: definition.dedupeWindow ?? recentCommandsKept,
      readCommit: (revision) => access.readCommit(entity, revision, budget),
      findCommandId: access.findCommandId(entity, budget),
    }
  }

  function startBudget(deadline: number): RetryBudget {
    return startRetryBudget(platform, contention, { deadline, maxAttempts, costs: options.costs ?? false })
  }

  function finish(
    decidedOn: Known,
    view: View,
    tasks: readonly Task[],
    decision: Decision,
    budget: RetryBudget,
  ): void {
    // After a snapshot that failed the journal must say anew how far the stored state lies behind.
    if (!unsaved.delete(describeEntity(view.entity))) cache.set(view, platform.now())
    const effort = effortOf(budget, tasks, decidedOn.view.revision)
    decision.verdicts.forEach((verdict, index) => {
      if (verdict.kind === 'replied' && verdict.stopped) cache.delete(view.entity)
      tasks[index]?.settle(verdict, effort)
    })
  }

  /** One command that cannot be stored must not fail the others of its batch: then each is run alone. */
  async function fail(
    entity: EntityKey,
    tasks: readonly Task[],
    error: unknown,
    budget: RetryBudget,
  ): Promise<void> {
    const ofOneCommand = isTailfoldError(error, 'record-too-large') || isTailfoldError(error, 'not-json')
    if (ofOneCommand && tasks.length > 1) {
      for (const task of tasks) await run(entity, [task])
      return
    }
    const known = isTailfoldError(error) ? error : unexpected(entity, error)
    const effort = effortOf(budget, tasks, undefined)
    for (const task of tasks) task.settle({ kind: 'failed', error: known }, effort)
  }

  function effortOf(budget: RetryBudget, tasks: readonly Task[], revisionBefore: number | undefined): Effort {
    return {
      revisionBefore,
      attempts: budget.attempts(),
      conflicts: budget.conflicts(),
      replayedCommits: budget.foldedCommits(),
      cost: budget.cost(tasks.length),
    }
  }

  /** Writes a due snapshot of a state that is durable already, beside the next commit; never holds a command up. */
  function snapshotWhenDue(view: View): View {
    if (view.distance.events === 0 || !snapshotDue(view.distance)) return view
    const name = describeEntity(view.entity)
    const failed = (error: unknown) => {
      cache.delete(view.entity)
      unsaved.add(name)
      warn(`The snapshot of ${name} was not written; no command is affected.`, error)
    }
    let { stateBytes } = view.distance
    try {
      const snapshot = access.saveState(view)
      stateBytes = snapshot.stateBytes
      const write = snapshot.saved.catch(failed).finally(() => snapshotWrites.delete(write))
      snapshotWrites.add(write)
    } catch (error) {
      failed(error)
    }
    return { ...view, distance: { events: 0, bytes: 0, stateBytes } }
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

  function send(entity: EntityKey, task: Task): void {
    const name = describeEntity(entity)
    const box =
      mailboxes.get(name) ??
      mailbox<Task>(
        { maxBatch, maxWaiting: maxQueue },
        (tasks) => run(entity, tasks),
        () => mailboxes.delete(name),
      )
    mailboxes.set(name, box)
    if (!box.add(task)) task.settle({ kind: 'failed', error: queueFull(entity, maxQueue) })
  }

  function underWay(outcome: Promise<Outcome>): Promise<Outcome> {
    parsing.add(outcome)
    return outcome.finally(() => parsing.delete(outcome))
  }

  return {
    async execute(entityId, command, request = {}) {
      const { deadline = platform.now() + timeoutMs, tenant } = request
      const entity = keyOf(entityId, tenant)
      checkRequest(entity, command, request)
      // Of the command as it was sent, before a schema has had its hands on it.
      const fingerprint = request.commandId === undefined ? '' : fingerprintOf(command, request.principal)
      const options = { ...request, deadline, fingerprint, observers, onWarning: warn }
      const begin = (parsed: TypedMessage) => {
        const { task, outcome } = makeTask(platform, entity, command, parsed, options)
        send(entity, task)
        return outcome
      }
      const parsed = parseCommand(definition, entity, command, { platform, deadline })
      // Not awaited needlessly: commands are carried out in the order of the calls.
      return parsed instanceof Promise ? underWay(parsed.then(begin)) : begin(parsed)
    },
    async read(entityId, { tenant, deadline = platform.now() + timeoutMs } = {}) {
      const entity = checkedKey(entityId, tenant)
      const budget = startBudget(deadline)
      const view = await readNow(cache.get(entity, platform.now())?.view, entity, budget)
      cache.set(view, platform.now())
      return { revision: view.revision, sequenceNr: view.sequenceNr, state: view.state }
    },
    async readPast(entityId, point, { tenant, deadline = platform.now() + timeoutMs } = {}) {
      return readPastState(definition, access, checkedKey(entityId, tenant), point, startBudget(deadline))
    },
    forget: (entityId, tenant) => cache.delete(keyOf(entityId, tenant)),
    async idle() {
      while (mailboxes.size + snapshotWrites.size + parsing.size > 0) {
        const sent = [...mailboxes.values()].map((box) => box.idle())
        await Promise.all([...snapshotWrites, ...sent, Promise.allSettled(parsing)])
      }
    },
  }
}

/** What an attempt starts from. `verified`: read after the commands had arrived; only that answers a query or refusal. */
interface Known {
  readonly view: View
  readonly trust: 'verified' | 'warm' | 'guessed'
  /** How long a warm view was kept. */
  readonly ageMs: number
}
