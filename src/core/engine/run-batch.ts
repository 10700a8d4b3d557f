import type { EntityKey } from '../base/entity-key.ts'
import { isTailfoldError } from '../base/errors.ts'
import { type Batch, startBatch } from './batch.ts'
import type { DecisionLimits } from './deciding.ts'
import { entityJournal } from './entity-journal.ts'
import { carryOut } from './loop.ts'
import type { PendingCommand } from './pending-command.ts'
import type { Run } from './run.ts'
import type { Shared } from './shared.ts'

/** What batches of an engine have in common. */
export interface BatchOptions {
  readonly shared: Shared
  readonly timeoutMs: number
  readonly startRun: (entity: EntityKey, deadline: number) => Run
  readonly limits: (entity: EntityKey) => DecisionLimits
}

/** Carries a batch of commands out; what it leaves to the next one is returned. Never throws. */
export async function runBatch(
  options: BatchOptions,
  entity: EntityKey,
  commands: readonly PendingCommand[],
): Promise<readonly PendingCommand[]> {
  const { shared, startRun, limits } = options
  const batch = startBatch(entity, commands)
  const run = startRun(entity, deadlineOf(options, commands))
  try {
    if (batch.dropExpired()) await carryOut(batch, entityJournal(shared, run, limits(entity)), run)
  } catch (error) {
    await failBatch(options, entity, batch, run, error)
  }
  return batch.deferred()
}

/** A command may wait as long as it likes; its attempts are bounded. */
function deadlineOf({ shared, timeoutMs }: BatchOptions, commands: readonly PendingCommand[]): number {
  const deadlines = commands.map(({ deadline }) => deadline)
  const latest = Math.max(...deadlines)
  if (latest < Infinity) return latest
  return Math.max(shared.platform.now(), ...deadlines.filter(Number.isFinite)) + timeoutMs
}

/** One command that cannot be stored must not fail the others of its batch: then each runs alone. */
async function failBatch(
  options: BatchOptions,
  entity: EntityKey,
  batch: Batch,
  run: Run,
  error: unknown,
): Promise<void> {
  const commands = batch.commands()
  const ofOneCommand = isTailfoldError(error, 'record-too-large') && !commands.some(({ inDoubt }) => inDoubt)
  if (ofOneCommand && commands.length > 1) {
    for (const command of commands) await runBatch(options, entity, [command])
    return
  }
  batch.fail(error, run.effort(commands.length, undefined))
}
