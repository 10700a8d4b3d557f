import { setTimeout } from 'node:timers/promises'
import { describeEntity } from '../core/base/entity-key.ts'
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
    if (showing) for (const change of page.changes) print(linesOf(change, json))
    if (page.more) continue
    if (!showing && !json) print('Each event from here on, as it is committed. Ctrl+C ends.\n')
    showing = true
    await (store.waitForChanges?.(cursor, { signal }) ?? setTimeout(pollMs))
  }

  function linesOf(change: Change, asJson: boolean): string {
    const { entity, commit } = journal.readChange?.(change) ?? {}
    if (entity === undefined || commit === undefined) return ''
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
