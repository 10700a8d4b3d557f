import { type Mutant, mutant } from './mutant.ts'

const append = 'core/engine/append.ts'
const recovery = 'core/engine/recovery.ts'
const view = 'core/engine/view.ts'
const newest = 'journal/recover-newest.ts'
const past = 'journal/recover-past.ts'
const reader = 'journal/commit-reader.ts'
const hash = 'journal/chain-hash.ts'
const log = 'journal/key-value-journal.ts'
const memory = 'stores/memory/store.ts'

/** States, snapshots, pages and restores. */
export const storing: readonly Mutant[] = [
  // States and snapshots
  mutant(
    'a snapshot runs ahead of the journal',
    'core/engine/snapshots.ts',
    'const position = { revision, sequenceNr,',
    'const position = { revision: revision + 1, sequenceNr,',
  ),
  mutant('an older snapshot replaces a newer one', memory, 'if (replaces) snapshots.set', 'snapshots.set'),
  mutant(
    'a snapshot of other code is used',
    newest,
    'const fits = schemaVersion === undefined || snapshot?.schemaVersion === schemaVersion',
    'const fits = snapshot !== undefined',
  ),
  mutant(
    'a past state of other code is used',
    past,
    'const fits = schemaVersion === undefined || snapshot?.schemaVersion === schemaVersion',
    'const fits = snapshot !== undefined',
  ),
  mutant(
    'a riding state of other code is used',
    'journal/commit-record.ts',
    "(schemaVersion === undefined || record['sv'] === schemaVersion)",
    "typeof record['sv'] === 'number'",
  ),
  mutant(
    'the state before the commit rides in it',
    'core/engine/append.ts',
    'state: decided.at(-1)?.after.state,',
    'state: view.state,',
  ),
  mutant(
    'the state after a commit is kept as it was before',
    append,
    'view: { ...view, revision, sequenceNr, hash, state, recent, distance },',
    'view: { ...view, revision, sequenceNr, hash, recent, distance },',
  ),
  mutant(
    'a snapshot ahead of the journal is believed',
    newest,
    'return revision > after && revision <= head',
    'return revision > after && head >= 0',
  ),
  mutant(
    'a page of nothing but the snapshot means an empty journal',
    newest,
    'if (oldest === undefined && more) yield*',
    'if (oldest === undefined && !more) yield*',
  ),

  // Reading
  mutant('only the first page is read', reader, 'more = page.more', 'more = false'),
  mutant(
    'reading on stops at the first page',
    reader,
    'if (page.more) yield* pagesAfter(source, entity, last, all, request)',
    'if (page.more && known.revision < 0) yield* pagesAfter(source, entity, last, all, request)',
  ),
  mutant(
    'commits between snapshot and page are skipped',
    newest,
    'const limit = oldest.revision - fromRevision',
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
    hash,
    "return chainHash(previousHash, revision, record) === record['h']",
    "return revision > 0 || chainHash(previousHash, revision, record) === record['h']",
  ),
  mutant('a page may lack a revision', reader, 'if (revision !== expected) {', 'if (revision < 0) {'),
  mutant(
    'a recovery that is repeated folds a commit twice',
    recovery,
    'const range = { fromRevision: reached.revision + 1, limit, after: reached }',
    'const range = { fromRevision: reached.revision, limit, after: reached }',
  ),
  mutant(
    'a past state goes one commit too far',
    past,
    'limit: upTo - after.revision',
    'limit: upTo - after.revision + 1',
  ),

  // Restores
  mutant(
    'reading on does not compare the commit it starts from',
    reader,
    'if (first?.revision !== known.revision || statedHash(first.record) !== known.hash)',
    'if (first?.revision !== known.revision)',
  ),
  mutant(
    'a journal that went back has nothing new',
    recovery,
    "if (pages === 'behind') return afterRestore(options, view, run)",
    "if (pages === 'behind') return view",
  ),
  mutant(
    'an append does not say what it follows',
    log,
    '{ ...request, ids, previousHash }',
    '{ ...request, ids }',
  ),
  mutant(
    'a store does not compare what an append follows',
    memory,
    'previousHash !== undefined &&',
    'previousHash === null &&',
  ),
  mutant(
    'a winner of another history is folded',
    log,
    'if (!follows(winner, previousHash)) {',
    'if (previousHash === null) {',
  ),
  mutant(
    'a snapshot of another history is used',
    'journal/snapshot-base.ts',
    'const isThere = at === undefined || (at.hash === base.hash && at.lastSequenceNr === base.sequenceNr)',
    'const isThere = at === undefined || at.revision === base.revision',
  ),
  mutant(
    'what was forgotten meanwhile is kept warm again',
    'core/engine/shared.ts',
    'if (!forgotten.since(view.entity, run.forgets)) cache.set',
    'if (run.forgets >= 0) cache.set',
    ['test/core/engine/hooks.test.ts'],
  ),
  mutant(
    'what a restore tore apart is not read again',
    'core/journal/read-again.ts',
    'codes.includes(error.code)',
    'codes.length > 9',
    ['test/core/engine/restore.test.ts'],
  ),
]
