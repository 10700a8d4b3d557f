import { describeEntity } from '../../core/base/entity-key.ts'
import { isTailfoldError, TailfoldError } from '../../core/base/errors.ts'
import { createEngine } from '../../core/engine/engine.ts'
import type { AnyEntity } from '../../core/entity/entity.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import { systemPlatform } from '../../platform.ts'
import { InMemoryJournal } from '../../stores/memory/in-memory-journal.ts'
import { explain } from '../explain.ts'
import { compareReplay } from './compare.ts'
import type { GivenOptions } from './options.ts'
import type { CommandResult } from './result.ts'
import { writePast } from './write-past.ts'

/** Carries one command out, over a journal in memory that holds the past. */
export async function carryOut(
  definition: AnyEntity,
  past: readonly TypedMessage[],
  command: TypedMessage,
  {
    now = Date.UTC(2026, 0, 1),
    entityId = 'one',
    commandId,
    principal,
    tenant,
    metadata: sent,
  }: GivenOptions,
): Promise<CommandResult<unknown, TypedMessage, unknown>> {
  const journal = new InMemoryJournal()
  const platform = { ...systemPlatform, now: () => now }
  const entity = { ...(tenant !== undefined && { tenant }), entityType: definition.entityType, entityId }
  await writePast(journal, entity, past, now)
  const engine = createEngine(definition, { journal, platform })
  const answer = await engine
    .execute(entityId, command, { commandId, principal, tenant, metadata: sent })
    .catch((error: unknown) => {
      if (!isTailfoldError(error, 'unhandled-command')) throw withIssues(error)
      return { kind: 'unhandled' as const }
    })
  const events = await Array.fromAsync(
    journal.load(entity, past.length + 1),
    ({ event }) => event as TypedMessage,
  )
  const [page = []] = await Array.fromAsync(journal.commits(entity, { fromRevision: past.length + 1 }))
  const metadata = page[0]?.causes?.[0]?.metadata
  // Read by an engine that has seen nothing: what a replay makes of the events, not what the live fold made of them.
  const replay = createEngine(definition, { journal, platform, snapshot: 'ignore' })
  const { state } = await replay.read(entityId, { tenant })
  const live = await engine.read(entityId, { tenant })
  compareReplay(describeEntity(entity), live.state, state)
  switch (answer.kind) {
    case 'replied':
      return { kind: 'replied', reply: answer.reply, events, metadata, state }
    case 'rejected':
      return { kind: 'rejected', reason: answer.reason, details: answer.details, events, metadata, state }
    case 'unhandled':
      return { kind: 'unhandled', events, metadata, state }
  }
}

/** The same error with what a schema found in its message. */
function withIssues(error: unknown): unknown {
  if (!isTailfoldError(error) || !('issues' in error.data)) return error
  const { code, data, cause } = error
  return new TailfoldError(code, explain(error), data, { cause })
}
