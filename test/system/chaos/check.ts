import type { Commit, Receipt } from 'tailfold'
import { type AccountCommand, type AccountState, account } from '../../../functions/bank/account.ts'
import { canonicalJson } from '../../../src/core/base/json.ts'
import { type Acknowledgement, type ChaosEntry, isAcknowledgement } from './history.ts'

/** What the journal holds of one account when all is over. */
export interface AccountRecord {
  readonly entityId: string
  /** Ascending from revision 1. */
  readonly commits: readonly Commit[]
  /** As a process sees it that starts now. */
  readonly finalState: unknown
  readonly finalRevision: number
}

/** Where a command stands in the journal. */
interface Place {
  readonly revision: number
  readonly receipt: Receipt
}

type Report = (rule: string, detail: string) => void

/** Errors a client may meet while processes die; any other is a violation by itself. */
const expectedErrors = new Set(['outcome-unknown', 'store-unavailable', 'conflict-budget-exhausted'])

/**
 * Compares what clients were told with what the journal of an account holds, in one sweep: the journal is the total
 * order. Returns what does not agree, one line each.
 */
export async function checkAccount(
  { entityId, commits, finalState, finalRevision }: AccountRecord,
  history: readonly ChaosEntry[],
): Promise<readonly string[]> {
  const violations: string[] = []
  const report: Report = (rule, detail) => void violations.push(`${entityId}: ${rule}: ${detail}`)
  const entries = history.filter((entry) => entry.entityId === entityId)
  const byId = new Map(entries.map((entry) => [entry.commandId, entry]))
  const places = new Map<string, Place>()
  /** States that could be seen at a revision: those between the commands of one commit too. */
  const seenAt = new Map<number, string[]>([[0, [canonicalJson(account.initialState)]]])
  let state: AccountState = account.initialState

  for (const [index, commit] of commits.entries()) {
    const { revision, events, receipts } = commit
    if (revision !== index + 1) report('revisions are dense', `${revision} stands at place ${index + 1}`)
    const covered = receipts.reduce((sum, { eventCount }) => sum + eventCount, 0)
    if (covered !== events.length) {
      report('every event belongs to a command', `revision ${revision}: ${covered} of ${events.length}`)
    }
    const seen: string[] = []
    for (const receipt of receipts) {
      const { commandId, firstEvent, eventCount } = receipt
      const known = places.get(commandId)
      if (known !== undefined) {
        report('no command twice', `${commandId} at revisions ${known.revision} and ${revision}`)
      }
      places.set(commandId, { revision, receipt })
      const own = events.slice(firstEvent, firstEvent + eventCount) as Parameters<typeof account.onEvent>[1][]
      const entry = byId.get(commandId)
      if (entry === undefined) report('every command was sent', `${commandId} at revision ${revision}`)
      else if ((await decide(state, entry)) !== canonicalJson([own, toldBy(receipt.outcome)])) {
        report('decided on the state before it', `${commandId} at revision ${revision}`)
      }
      state = own.reduce(account.onEvent, state)
      seen.push(canonicalJson(state))
    }
    seenAt.set(revision, seen)
  }
  if (canonicalJson(finalState) !== canonicalJson(state) || finalRevision !== commits.length) {
    report(
      'the final state is the fold',
      `${canonicalJson(finalState)} at ${finalRevision}, not ${canonicalJson(state)} at ${commits.length}`,
    )
  }

  const knownBefore = revisionsTold(entries)
  for (const entry of entries) {
    if (entry.commandId === undefined) checkQuery(entry, seenAt, knownBefore, report)
    else checkCommand(entry, entry.commandId, places.get(entry.commandId), knownBefore, report)
    for (const { answer } of entry.sendings) {
      if (answer.kind === 'error' && !expectedErrors.has(answer.code)) report('no other error', answer.code)
    }
  }
  return violations
}

function checkCommand(
  entry: ChaosEntry,
  commandId: string,
  place: Place | undefined,
  knownBefore: (step: number) => number,
  report: Report,
): void {
  for (const { answer } of entry.sendings) {
    if (!isAcknowledgement(answer)) continue
    if (place === undefined) {
      report('nothing acknowledged is lost', `${commandId}, told revision ${answer.revision}`)
    } else if (canonicalJson(toldBy(answer)) !== canonicalJson(toldBy(place.receipt.outcome))) {
      report('told what is recorded', `${commandId} at revision ${place.revision}`)
    } else if (answer.revision !== place.revision) {
      report('told the revision it stands at', `${commandId}: ${answer.revision}, not ${place.revision}`)
    }
  }
  if (place === undefined) return
  const first = Math.min(...entry.sendings.map(({ sentAt }) => sentAt))
  if (place.revision <= knownBefore(first)) {
    report(
      'real-time order',
      `${commandId} at revision ${place.revision}, after ${knownBefore(first)} was told`,
    )
  }
  if (entry.sendings.every(({ answer }) => answer.kind === 'error' && answer.nothingWritten)) {
    report('a definite failure leaves nothing', `${commandId} at revision ${place.revision}`)
  }
}

function checkQuery(
  entry: ChaosEntry,
  seenAt: ReadonlyMap<number, readonly string[]>,
  knownBefore: (step: number) => number,
  report: Report,
): void {
  for (const { answer, sentAt } of entry.sendings) {
    if (answer.kind !== 'replied') continue
    const { reply, revision } = answer
    if (!seenAt.get(revision)?.includes(canonicalJson(reply))) {
      report('a query sees a state', `${canonicalJson(reply)} at revision ${revision}`)
    }
    if (revision < knownBefore(sentAt)) {
      report('a query is not stale', `revision ${revision}, after ${knownBefore(sentAt)} was told`)
    }
  }
}

/** The newest revision anyone had been told before a step. */
function revisionsTold(entries: readonly ChaosEntry[]): (step: number) => number {
  const told = entries
    .flatMap(({ sendings }) => sendings)
    .flatMap(({ answer, answeredAt }) =>
      isAcknowledgement(answer) ? [{ answeredAt, revision: answer.revision }] : [],
    )
    .toSorted((a, b) => a.answeredAt - b.answeredAt)
  let newest = 0
  const newestAt = told.map(({ revision }) => (newest = Math.max(newest, revision)))
  return (step) => {
    let [low, high] = [0, told.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (Number(told[middle]?.answeredAt) < step) low = middle + 1
      else high = middle
    }
    return newestAt[low - 1] ?? 0
  }
}

/** The events and the answer that a command gives on a state. */
async function decide(state: AccountState, { entityId, command, commandId }: ChaosEntry): Promise<string> {
  const told: unknown[] = []
  const ctx = { entityType: account.entityType, entityId, now: 0, commandId, revision: 0, attempt: 1 }
  const replyTo = { tell: (message: unknown) => void told.push(message) }
  const behavior = await account.onCommand(ctx, state, { ...command, replyTo } as unknown as AccountCommand)
  const events = behavior.kind === 'persisted' ? behavior.events : []
  const outcome =
    behavior.kind === 'rejected' ? toldBy(behavior) : toldBy({ kind: 'replied', reply: told[0] })
  return canonicalJson([events, outcome])
}

function toldBy(
  outcome:
    | { readonly kind: 'replied'; readonly reply?: unknown }
    | { readonly kind: 'rejected'; readonly reason: string; readonly details?: unknown }
    | Acknowledgement,
): unknown {
  return outcome.kind === 'replied'
    ? ['replied', outcome.reply ?? null]
    : ['rejected', outcome.reason, outcome.details ?? null]
}
