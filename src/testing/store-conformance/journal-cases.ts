import type { Commit } from '../../core/journal/commit.ts'
import type { CommitDraft } from '../../core/journal/commit-draft.ts'
import type { EntityKey } from '../../core/base/entity-key.ts'
import type { Journal, Recovered } from '../../core/journal/journal.ts'
import { noCommands } from '../../core/journal/recent-commands.ts'
import { keyValueJournal } from '../../journal/key-value-journal.ts'
import type { Store } from '../../journal/store.ts'
import { count, expectEqual } from './check.ts'
import type { Check } from './probe.ts'

/** Cases that go through the journal as the engine does. */
export const journalCases: Readonly<Record<string, Check>> = {
  'a journal recovers what it appended, in order and with its state': async ({ store, newKey }) => {
    const { journal, entity } = open(store, newKey)
    const written = await appendCounts(journal, entity, 12)
    const { base, tail, seen } = await journal.recover(entity, {})
    expectEqual('revision of the newest state', base?.revision, 12)
    expectEqual('the newest state', base?.state, { count: 12 })
    expectEqual('the newest commits', seen, written.slice(-seen.length))
    expectEqual('commits after the state', await flat(tail), [])
    const all = await journal.recover(entity, { snapshot: 'ignore' })
    expectEqual('all commits', await flat(all.tail), written)
  },

  'a journal whose states do not ride along recovers from snapshot and tail': async ({ store, newKey }) => {
    const { journal, entity } = open(store, newKey, { inlineState: false })
    const written = await appendCounts(journal, entity, 9)
    expectEqual('commits without a state', await flat((await journal.recover(entity, {})).tail), written)
    await saveCount(journal, entity, written, 2)
    // A journal that has learned nothing of these entities asks for a page that the tail does not fit on.
    const cold = keyValueJournal(store)
    const recovered = await cold.recover(entity, {})
    expectEqual('the state', recovered.base?.state, { count: 2 })
    expectEqual('commits after it', await flat(recovered.tail), written.slice(2))
  },

  'a journal ignores a snapshot ahead of its commits': async ({ store, newKey }) => {
    const { journal, entity } = open(store, newKey, { inlineState: false })
    const elsewhere = open(store, newKey, { inlineState: false })
    const written = await appendCounts(journal, entity, 2)
    const ahead = await appendCounts(elsewhere.journal, elsewhere.entity, 5)
    await saveCount(journal, entity, ahead, 5)
    const recovered: Recovered = await journal.recover(entity, {})
    expectEqual('the state', recovered.base?.state, undefined)
    expectEqual('commits', await flat(recovered.tail), written)
  },

  'a journal tells the loser of a revision who won it': async ({ store, newKey }) => {
    const { journal, entity } = open(store, newKey)
    const mine = journal.prepare(entity, draft(undefined, 'mine'))
    const theirs = journal.prepare(entity, draft(undefined, 'theirs'))
    expectEqual('first append', (await journal.append(entity, theirs)).kind, 'appended')
    const lost = await journal.append(entity, mine)
    expectEqual('the winner', lost.kind === 'occupied' && lost.winner.commitId, 'theirs')
    const again = await journal.append(entity, theirs)
    expectEqual('my own commit', again.kind === 'occupied' && again.winner, theirs.commit)
  },
}

function open(store: Store, newKey: () => string, options?: { inlineState: boolean }) {
  return {
    journal: keyValueJournal(store, options),
    entity: { entityType: 'conformance', entityId: newKey() },
  }
}

async function appendCounts(journal: Journal, entity: EntityKey, last: number): Promise<readonly Commit[]> {
  const written: Commit[] = []
  for (const revision of count(1, last)) {
    const prepared = journal.prepare(entity, draft(written.at(-1), `commit-${revision}`))
    const { kind } = await journal.append(entity, prepared)
    expectEqual(`append of revision ${revision}`, kind, 'appended')
    written.push(prepared.commit)
  }
  return written
}

/** One event `Counted`; the state counts them. */
function draft(previous: Commit | undefined, commitId: string): CommitDraft {
  const revision = (previous?.revision ?? 0) + 1
  const event = { type: 'Counted', note: 'ä€😀' }
  return {
    revision,
    commitId,
    timestamp: revision,
    lastSequenceNr: revision,
    events: [event],
    eventTexts: [JSON.stringify(event)],
    receipts: [],
    previousHash: previous?.hash ?? '',
    state: { count: revision },
    stateBytesHint: 0,
    schemaVersion: 1,
    recent: noCommands,
    idsAtLeast: 0,
  }
}

async function saveCount(journal: Journal, entity: EntityKey, commits: readonly Commit[], revision: number) {
  const hash = commits[revision - 1]?.hash ?? ''
  await journal.saveState(entity, {
    revision,
    sequenceNr: revision,
    hash,
    recent: noCommands,
    idsAtLeast: 0,
    schemaVersion: 1,
    timestamp: revision,
    stateText: JSON.stringify({ count: revision }),
    slotIsNewer: false,
  })
}

async function flat(pages: AsyncIterable<readonly Commit[]>): Promise<readonly Commit[]> {
  const commits: Commit[] = []
  for await (const page of pages) commits.push(...page)
  return commits
}
