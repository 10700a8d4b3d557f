/** A small break of the protocol that some test must notice. */
export interface Mutant {
  readonly name: string
  /** Each replaces a text that stands exactly once in a file below src. */
  readonly changes: readonly { readonly file: string; readonly from: string; readonly to: string }[]
}

function mutant(name: string, file: string, from: string, to: string): Mutant {
  return { name, changes: [{ file, from, to }] }
}

const engine = 'core/engine/engine.ts'
const access = 'core/engine/entity-journal.ts'
const decide = 'core/engine/decide.ts'
const decideOne = 'core/engine/decide-command.ts'
const receipts = 'core/engine/receipts.ts'
const recent = 'core/journal/recent-commands.ts'
const view = 'core/engine/view.ts'
const log = 'journal/key-value-log.ts'
const codec = 'journal/codec.ts'
const memory = 'stores/memory/store.ts'

/** The protocol's mutants. `npm run simulate -- --mutants` kills every one of them. */
export const mutants: readonly Mutant[] = [
  // Whose write was it?
  mutant(
    'a conflict always means theirs',
    access,
    "result.kind === 'occupied' && result.winner",
    "result.kind === 'occupied' || result.winner",
  ),
  mutant(
    'a conflict always means mine',
    access,
    'result.winner.commitId !== draft.commitId',
    'result.winner.commitId === draft.commitId',
  ),
  mutant(
    'unknown means failed',
    access,
    'throw mayHaveApplied ? outcomeUnknown(entity, failure) : failure',
    'throw failure',
  ),
  mutant(
    'unknown means written',
    access,
    'if (failure.retryable && (await budget.afterFault())) continue',
    "if (mayHaveApplied) return { kind: 'appended' }",
  ),
  mutant(
    'a read that does not show the commit proves it lost',
    access,
    'if (failure.retryable && (await budget.afterFault())) continue',
    `if (mayHaveApplied) {
          const shown = await Array.fromAsync(log.commits(entity, { fromRevision: prepared.commit.revision }))
          if (shown.flat().length === 0) throw failure
        }
        if (failure.retryable && (await budget.afterFault())) continue`,
  ),
  mutant(
    'an unknown write is decided anew under another commit id',
    access,
    'if (failure.retryable && (await budget.afterFault())) continue',
    `if (failure.retryable && (await budget.afterFault())) {
          const { record, ids } = prepared.stored as { record: object; ids: object }
          const commitId = platform.newId()
          prepared = { ...prepared, stored: { record: { ...record, id: commitId }, ids }, commit: { ...prepared.commit, commitId } }
          continue
        }`,
  ),

  // Deciding
  mutant(
    'the reply goes out before the commit',
    engine,
    'const result = await access.commit(',
    `finish(known.view, tasks, decision, budget)
          const result = await access.commit(`,
  ),
  mutant(
    'after a conflict the old decision is written',
    engine,
    'const decision = await decide(',
    'const decision = (batch as { kept?: Decision } & typeof batch).kept ??= await decide(',
  ),
  mutant(
    "the winner's commit is not folded",
    engine,
    'view: foldCommits(definition, known.view, [winner])',
    'view: { ...known.view, revision: winner.revision, sequenceNr: winner.lastSequenceNr, hash: winner.hash }',
  ),
  mutant(
    'a query or refusal is not verified',
    engine,
    "if (known.trust !== 'verified' && !isRecorded(decision)) known = await verified(known, budget)",
    '',
  ),
  mutant(
    'a query that moved is not decided again',
    engine,
    'if (known.view.revision === decidedAt)',
    'if (decidedAt >= 0)',
  ),
  mutant(
    'the expected revision is not checked',
    decide,
    'if (expected === undefined || expected === actual) return undefined',
    'return undefined',
  ),
  mutant(
    'a command sees the revision before its batch',
    decideOne,
    'revision: at.revision }\n',
    'revision: view.revision }\n',
  ),
  mutant(
    'commands of a batch do not see each other',
    decide,
    'at = receipt === undefined ? step.after : { ...step.after, revision: view.revision + 1 }',
    '',
  ),
  mutant(
    'a recorded repeat in the same batch is not seen',
    decide,
    'pending.find((candidate) => candidate.commandId === commandId)',
    'undefined as Receipt | undefined',
  ),
  {
    name: 'the cache is written from an unknown outcome',
    changes: [
      { file: engine, from: '      cache.delete(entity)\n      await fail', to: '      await fail' },
      {
        file: engine,
        from: 'const result = await access.commit(',
        to: 'cache.set({ ...known.view, revision: known.view.revision + 1, sequenceNr: known.view.sequenceNr + decision.events.length, state: decision.state }, now)\n          const result = await access.commit(',
      },
    ],
  },

  // Command ids
  mutant('no dedupe', receipts, 'if (recent.hash !== hash) continue', 'continue'),
  mutant(
    'a used id is answered whatever the command',
    receipts,
    'if (receipt.fingerprint !== task.fingerprint) {',
    'if (receipt.fingerprint === undefined) {',
  ),
  mutant(
    'refusals are not recorded',
    decide,
    "verdict.kind === 'rejected' && keepsRefusals",
    "verdict.kind === ('never' as string) && verdict.kind === 'rejected'",
  ),
  mutant(
    'the window does not ride with the state',
    recent,
    "  let text = ''\n",
    "  let text = ''\n  if (text === '') return text\n",
  ),
  mutant('the window names the wrong commits', recent, 'previous -= distance', 'previous -= distance + 1'),
  mutant(
    "the winner's command ids are not learned",
    view,
    'recent = remember(recent, commit, definition.dedupeWindow)',
    'recent = recent.slice()',
  ),
  mutant(
    'own command ids are not learned',
    access,
    'recent: remember(view.recent, commit, window),',
    'recent: view.recent,',
  ),

  // States and snapshots
  mutant(
    'a snapshot runs ahead of the journal',
    access,
    'const position = { revision, sequenceNr,',
    'const position = { revision: revision + 1, sequenceNr,',
  ),
  mutant('an older snapshot replaces a newer one', memory, 'if (replaces) snapshots.set', 'snapshots.set'),
  mutant(
    'a snapshot of other code is used',
    log,
    'const fits = schemaVersion === undefined || snapshot?.schemaVersion === schemaVersion',
    'const fits = true',
  ),
  mutant(
    'a riding state of other code is used',
    codec,
    "(schemaVersion === undefined || record['sv'] === schemaVersion)",
    'true',
  ),
  mutant(
    'the state before the commit rides in it',
    access,
    '    previousHash: view.hash,\n    state,',
    '    previousHash: view.hash,\n    state: view.state,',
  ),
  mutant(
    'the state after a commit is kept as it was before',
    access,
    'state: draft.state,',
    'state: view.state,',
  ),
  mutant(
    'a snapshot ahead of the journal is believed',
    log,
    'snapshot.revision <= head ? snapshot : undefined',
    'head >= 0 ? snapshot : undefined',
  ),
  mutant(
    'a page of nothing but the snapshot means an empty journal',
    log,
    'if (found.commits.length === 0 && found.more) return eventsAlone',
    '',
  ),

  // Reading
  mutant('only the first page is read', log, 'more = page.more', 'more = false'),
  mutant(
    'commits between snapshot and page are skipped',
    log,
    'const limit = first.revision - fromRevision',
    'const limit = 0',
  ),
  mutant(
    'revisions need not be dense',
    view,
    'commit.revision !== revision + 1',
    'commit.revision <= revision',
  ),
  mutant(
    'sequence numbers need not be contiguous',
    view,
    'commit.lastSequenceNr !== sequenceNr + commit.events.length',
    'commit.lastSequenceNr < 0',
  ),
  mutant(
    'the hash chain is not checked',
    codec,
    "if (chainHash(previousHash, revision, record) === record['h']) return",
    'if (revision > 0) return',
  ),
  mutant('a page may lack a revision', codec, 'if (revision !== expected) {', 'if (revision < 0) {'),

  // The store
  mutant(
    'a second writer overwrites the first',
    memory,
    "if (present !== undefined) return { kind: 'occupied', record: records.decode(present) }",
    '',
  ),
  mutant(
    'a refused request is taken for a written one',
    access,
    'mayHaveApplied ||= !provesNothingWritten(failure)',
    "if (provesNothingWritten(failure)) return { kind: 'appended' }\n        mayHaveApplied = true",
  ),
]
