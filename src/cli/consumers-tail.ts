import { setTimeout } from 'node:timers/promises'
import { entityOfKey, type FollowedJournal, readCommits } from '../consumers/missing-commits.ts'
import { describeEntity, type EntityKey } from '../core/base/entity-key.ts'
import { isTailfoldError } from '../core/base/errors.ts'
import type { Commit } from '../core/journal/commit.ts'
import type { Change } from '../core/journal/journal.ts'
import { keyValueJournal } from '../journal/key-value-journal.ts'
import type { Store } from '../journal/store.ts'
import { UsageError } from './command-line.ts'
import type { Terminal } from './terminal.ts'

const pageSize = 500
const pollMs = 100

/** Prints the events of a store as they are committed, until the process ends or the signal is aborted. */
export async function tail(
  store: Store,
  { fromBeginning, json }: { readonly fromBeginning: boolean; readonly json: boolean },
  { print }: Pick<Terminal, 'print'>,
  signal?: AbortSignal,
): Promise<void> {
  if (store.changes === undefined) throw new UsageError('This store has no change feed to follow.')
  const journal = keyValueJournal(store)
  let showing = fromBeginning
  for (let cursor: string | undefined; signal?.aborted !== true; ) {
    const page = await store.changes(cursor, pageSize, { signal })
    ;({ cursor } = page)
    if (showing)
      for (const change of page.changes) print(linesOf(change, json) ?? (await linesRead(change, json)))
    if (page.more) continue
    if (!showing && !json) print('Each event from here on, as it is committed. Ctrl+C ends.\n')
    showing = true
    await (store.waitForChanges?.(cursor, { signal }) ?? setTimeout(pollMs))
  }

  /** The lines of a change that brought a record; `undefined` where it brought none, or one that cannot be read. */
  function linesOf(change: Change, asJson: boolean): string | undefined {
    try {
      const { entity, commit } = journal.readChange?.(change) ?? {}
      return entity && commit && eventLines(entity, commit, asJson)
    } catch (error) {
      if (isTailfoldError(error, 'journal-corrupt')) return undefined
      throw error
    }
  }

  /** The lines of a change from the journal. One entity that is damaged must not hide the events of the others. */
  async function linesRead(change: Change, asJson: boolean): Promise<string> {
    const { key, revision } = change
    try {
      const entity = entityOfKey(journal as FollowedJournal, key)
      const [commit] = await readCommits(journal, entity, revision, 1, { signal })
      return commit === undefined ? '' : eventLines(entity, commit, asJson)
    } catch (error) {
      if (!isTailfoldError(error, 'journal-corrupt')) throw error
      const { message } = error
      return asJson
        ? `${JSON.stringify({ key, revision, error: message })}\n`
        : `${key}  ${revision}  ${message}\n`
    }
  }

  function eventLines(entity: EntityKey, commit: Commit, asJson: boolean): string {
    const { revision, timestamp, lastSequenceNr, events } = commit
    const first = lastSequenceNr - events.length + 1
    const at = new Date(timestamp).toISOString()
    const lines = events.map((event, index) => {
      const sequenceNr = first + index
      if (asJson) return JSON.stringify({ at, entity, revision, sequenceNr, event })
      return `${at}  ${describeEntity(entity)}  ${revision}/${sequenceNr}  ${JSON.stringify(event)}`
    })
    return lines.map((line) => `${line}\n`).join('')
  }
}
