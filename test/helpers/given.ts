import { type AnyEntity, createEngine, type TypedMessage, InMemoryJournal, isTailfoldError } from 'tailfold'
import type { ServedEntity } from 'tailfold/http'
import { virtualPlatform } from '../../src/testing/virtual-platform.ts'

/** What became of one command. */
export interface Result {
  /** The reply; how it was refused; or the code of the error. */
  readonly answer:
    | { readonly reply: unknown }
    | { readonly rejected: readonly unknown[] }
    | { readonly code: string }
  /** The events it wrote. */
  readonly written: readonly unknown[]
  readonly state: unknown
}

/** An entity with a past, to which a command can be sent. No input and output, no real clock: `ctx.now` is 2026-01-01. */
export function given(definition: ServedEntity, past: readonly TypedMessage[]) {
  const journal = new InMemoryJournal()
  const entity = { entityType: definition.entityType, entityId: 'one' }
  return {
    async when(command: TypedMessage & Readonly<Record<string, unknown>>): Promise<Result> {
      for (const [index, event] of past.entries()) {
        await journal.persist(entity, [{ sequenceNr: index + 1, event, timestamp: 0 }])
      }
      const engine = createEngine(definition as AnyEntity, { journal, platform: virtualPlatform() })
      const answer = await engine.execute(entity.entityId, command).then(
        (outcome) =>
          outcome.kind === 'replied'
            ? { reply: outcome.reply }
            : {
                rejected:
                  outcome.details === undefined ? [outcome.reason] : [outcome.reason, outcome.details],
              },
        (error: unknown) => {
          if (!isTailfoldError(error)) throw error
          return { code: error.code }
        },
      )
      const written = await Array.fromAsync(journal.load(entity, past.length + 1), ({ event }) => event)
      const { state } = await engine.read(entity.entityId)
      return { answer, written, state }
    },
  }
}
