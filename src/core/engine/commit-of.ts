import type { ResolvedEntity } from '../entity/entity.ts'
import type { Cause } from '../journal/commit.ts'
import type { CommitDraft } from '../journal/commit-draft.ts'
import { remember } from '../journal/recent-commands.ts'
import type { Decided } from './decided.ts'
import { remembering, type View } from './view.ts'

/** The commit of everything that was decided on a view: the one place where offsets are worked out. */
export function commitOf(
  definition: ResolvedEntity,
  view: View,
  decided: readonly Decided[],
  timestamp: number,
  commitId: string,
): CommitDraft {
  const revision = view.revision + 1
  const events = decided.flatMap((one) => one.events)
  const receipts = decided.flatMap(({ receipt }) => receipt ?? [])
  const causes = causesOf(decided)
  return {
    revision,
    commitId,
    timestamp,
    lastSequenceNr: view.sequenceNr + events.length,
    events,
    eventTexts: decided.flatMap(({ eventTexts }) => eventTexts),
    receipts,
    ...(causes.length > 0 && { causes }),
    previousHash: view.hash,
    state: decided.at(-1)?.after.state,
    stateBytesHint: view.distance.stateBytes,
    schemaVersion: definition.schemaVersion,
    recent: remember(view.recent, [{ revision, receipts, timestamp }], remembering(definition)),
    idsAtLeast: definition.dedupeWindow,
    ids: idsToKeep(definition, decided, timestamp),
  }
}

/** Commands of which something is known, and that left something in the commit. */
function causesOf(decided: readonly Decided[]): readonly Cause[] {
  const causes: Cause[] = []
  let firstEvent = 0
  for (const { command, events, receipt, metadata } of decided) {
    const { principal, traceparent } = command
    const eventCount = events.length
    const known = {
      ...(principal && { principal: principal.id }),
      ...(traceparent !== undefined && { traceparent }),
      ...(metadata && { metadata }),
    }
    if ((eventCount > 0 || receipt !== undefined) && Object.keys(known).length > 0)
      causes.push({ firstEvent, eventCount, ...known })
    firstEvent += eventCount
  }
  return causes
}

function idsToKeep(
  { idItemsForSeconds }: ResolvedEntity,
  decided: readonly Decided[],
  timestamp: number,
): CommitDraft['ids'] {
  const expiresAtEpochSeconds = Math.ceil(timestamp / 1_000) + idItemsForSeconds
  return decided.flatMap(({ receipt, command: { dedupe, identity } }) => {
    const [commandId] = identity?.itemIds ?? []
    return receipt === undefined || dedupe !== 'always' || commandId === undefined
      ? []
      : [{ commandId, expiresAtEpochSeconds }]
  })
}
