import type { EntityKey } from '../../core/base/entity-key.ts'
import { jsonText } from '../../core/base/json.ts'
import type { Journal } from '../../core/journal/journal.ts'
import { noCommands } from '../../core/journal/recent-commands.ts'

/** Writes each event as a commit of its own. `persist` would read what is there before each. */
export async function writePast(
  journal: Journal,
  entity: EntityKey,
  events: readonly unknown[],
  timestamp: number,
): Promise<void> {
  let previousHash = ''
  for (const [index, event] of events.entries()) {
    const prepared = journal.prepare(entity, {
      revision: index + 1,
      commitId: `past-${index + 1}`,
      timestamp,
      lastSequenceNr: index + 1,
      events: [event],
      eventTexts: [jsonText(event, 'event')],
      receipts: [],
      previousHash,
      state: undefined,
      stateBytesHint: 0,
      schemaVersion: 1,
      recent: noCommands,
      idsAtLeast: 0,
    })
    await journal.append(entity, prepared)
    previousHash = prepared.commit.hash
  }
}
