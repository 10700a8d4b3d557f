import { type Mutant, mutant } from './mutant.ts'

const append = 'core/engine/append.ts'
const loop = 'core/engine/loop.ts'
const runBatch = 'core/engine/run-batch.ts'
const pending = 'core/engine/pending-command.ts'
const entityJournal = 'core/engine/entity-journal.ts'
const commitOf = 'core/engine/append.ts'
const memory = 'stores/memory/store.ts'
const toJournal = 'core/journal/to-journal.ts'

const contend = 'const result = await contend(shared, run, decided, prepared)'
const retry = 'if (failure.retryable && (await run.afterFault())) continue'

/** Whose write was it, and when may it be told? */
export const writing: readonly Mutant[] = [
  mutant(
    'a conflict always means theirs',
    append,
    "const isOurs = result.kind === 'occupied' && result.winner.commitId === draft.commitId",
    'const isOurs = false',
  ),
  mutant(
    'a conflict always means mine',
    append,
    "const isOurs = result.kind === 'occupied' && result.winner.commitId === draft.commitId",
    "const isOurs = result.kind === 'occupied'",
  ),
  mutant(
    'unknown means failed',
    append,
    'throw mayHaveApplied ? outcomeUnknown(run.entity, failure) : failure',
    'throw failure',
  ),
  mutant('unknown means written', append, retry, "if (mayHaveApplied) return { kind: 'appended' }"),
  mutant(
    'a read that does not show the commit proves it lost',
    append,
    retry,
    `if (mayHaveApplied) {
        const shown = await Array.fromAsync(journal.commits(run.entity, { fromRevision: prepared.commit.revision }))
        if (shown.flat().length === 0) throw failure
      }
      ${retry}`,
  ),
  mutant(
    'an unknown write is decided again under another commit id',
    append,
    contend,
    `${contend}.catch((error) => {
    if (isTailfoldError(error, 'outcome-unknown')) return { kind: 'behind' as const }
    throw error
  })`,
  ),
  mutant(
    'a later refusal makes an unknown write a failed one',
    append,
    'mayHaveApplied ||= !provesNothingWritten(failure)',
    'mayHaveApplied = !provesNothingWritten(failure)',
  ),
  mutant(
    'a refused request is taken for a written one',
    append,
    'mayHaveApplied ||= !provesNothingWritten(failure)',
    "if (provesNothingWritten(failure)) return { kind: 'appended' }\n      mayHaveApplied = true",
  ),
  mutant(
    'any refusal proves that nothing was written',
    append,
    "return failure.data.applied === 'no'",
    'return true',
  ),
  mutant(
    'a command that runs out of time during its write is told that nothing was written',
    append,
    '  setInDoubt(inIt, true)\n',
    '',
  ),
  mutant(
    'the cache is written before the fate of a write is known',
    append,
    contend,
    `shared.keep({ view: { ...view, revision: draft.revision, sequenceNr: draft.lastSequenceNr, hash: prepared.commit.hash, state: draft.state, recent: draft.recent }, comparedAt: platform.now(), readsFirst: 0 }, run)
  ${contend}`,
  ),
  mutant(
    'a losing append records its ids',
    append,
    'command.lost += 1\n    return result',
    'command.lost += 1\n    return Object.assign(view, { recent: draft.recent }), result',
  ),
  mutant(
    'a batch of unknown fate runs again, one by one',
    runBatch,
    "const ofOneCommand = isTailfoldError(error, 'record-too-large') && !commands.some(({ inDoubt }) => inDoubt)",
    "const ofOneCommand = isTailfoldError(error, 'record-too-large') || isTailfoldError(error, 'outcome-unknown')",
  ),
  mutant(
    'the reply goes out before the commit',
    loop,
    'const result = await journal.append(basis, decided)',
    'journal.keepAndAnswer(batch, decided, basis, basis.view)\n    const result = await journal.append(basis, decided)',
  ),
  mutant(
    'commands that were answered meanwhile are carried out all the same',
    'core/engine/decided.ts',
    'command.answered() || now >= command.deadline',
    'now >= command.deadline',
    ['test/core/engine/batches.test.ts'],
  ),
  mutant(
    'answered commands stay in their batch',
    'core/engine/batch.ts',
    'commands = commands.filter((command) => !command.answered())',
    'commands = commands.slice()',
  ),
  mutant(
    'a stopped actor takes further commands',
    pending,
    'if (scope?.ended !== undefined) answer({ error: scope.ended })\n      else if',
    'if',
  ),
  mutant(
    'the time of a commit is not the one that its handler saw',
    append,
    'decided[0]?.decidedAt ?? 0',
    'platform.now() + 1',
  ),
  mutant(
    'a commit without events has no cause',
    commitOf,
    'isKnown && writes(one)',
    'isKnown && eventCount > 0',
  ),
  mutant(
    'the events of a batch are counted from its beginning',
    commitOf,
    '    firstEvent += eventCount\n',
    '',
  ),
  mutant(
    'the lost view is kept after a conflict',
    entityJournal,
    'const view = foldCommits(definition, basis.view, [lost.winner], true)',
    'const view = { ...basis.view, revision: lost.winner.revision, sequenceNr: lost.winner.lastSequenceNr, hash: lost.winner.hash }',
  ),
  mutant(
    'a second writer overwrites the first',
    memory,
    "if (present !== undefined) return { kind: 'occupied', record: records.decode(present) }",
    '',
  ),
  mutant(
    'four methods: a conflict is taken for success',
    toJournal,
    "if ((await journal.persist(ownKey(entity), events)) === 'persisted') return { kind: 'appended' }",
    "await journal.persist(ownKey(entity), events)\n  if (events.length > 0) return { kind: 'appended' }",
  ),
  mutant(
    'two batches of an entity run at once in a process',
    'core/engine/mailbox.ts',
    'if (woken !== leader) return',
    'if (waiting.length === 0) return',
  ),
  mutant(
    'what a batch leaves to the next one goes last',
    'core/engine/mailbox.ts',
    'waiting = [...batch.filter(({ item }) => deferred.includes(item)), ...waiting]',
    'waiting = [...waiting, ...batch.filter(({ item }) => deferred.includes(item))]',
    ['test/core/engine/mailbox.test.ts'],
  ),
  mutant(
    'a command that is too large fails those of its batch',
    runBatch,
    'if (ofOneCommand && commands.length > 1) {',
    'if (ofOneCommand && commands.length > 1_000) {',
    ['test/core/engine/engine.test.ts'],
  ),
  mutant(
    'a batch that is too large runs in the wrong order',
    runBatch,
    'for (const command of commands) await runBatch(options, entity, [command])',
    'for (const command of commands.toReversed()) await runBatch(options, entity, [command])',
    ['test/core/engine/frozen-input.test.ts'],
  ),
  mutant(
    'a message whose schema answers early passes those before it',
    'core/engine/command-scope.ts',
    'while (turns[0]?.goOn !== undefined) turns.shift()?.goOn?.()',
    'turn.goOn()',
    ['test/runtimes/actors/delivery.test.ts'],
  ),
  mutant(
    'a schema of an actor may take for ever',
    'core/engine/engine.ts',
    'deadline === Infinity ? defaultDue : deadline',
    'deadline',
    ['test/runtimes/actors/delivery.test.ts'],
  ),
]
