import { type Mutant, mutant } from './mutant.ts'

const loop = 'core/engine/loop.ts'
const decide = 'core/engine/decide.ts'
const decideCommand = 'core/engine/decide-command.ts'
const entityJournal = 'core/engine/entity-journal.ts'
const readState = 'core/engine/read-state.ts'
const view = 'core/engine/view.ts'

/** On which state is it decided, and what is told of it? */
export const deciding: readonly Mutant[] = [
  mutant(
    'after a conflict the old decision is written',
    loop,
    'const decided = await decide(basis.view, batch, run, journal)',
    'const decided = ((batch as any).kept ??= await decide(basis.view, batch, run, journal))',
  ),
  mutant(
    'a query or rejection is not verified',
    loop,
    '(writesNothing(decided) || hasReplays(decided, basis.view))',
    'hasReplays(decided, basis.view)',
  ),
  mutant(
    'a query that moved is not decided again',
    loop,
    'if (basis.view.revision !== revision || basis.view.hash !== hash) continue',
    "if (revision < 0 && hash === '-') continue",
  ),
  mutant(
    'a query does not notice a restore to the same revision',
    loop,
    'if (basis.view.revision !== revision || basis.view.hash !== hash) continue',
    "if (basis.view.revision !== revision || hash === '-') continue",
  ),
  mutant(
    'a warm view counts as verified',
    entityJournal,
    "return { ...warm, verified: false, origin: 'warm' }",
    "return { ...warm, verified: true, origin: 'warm' }",
  ),
  mutant(
    'the belief that an entity is new counts as verified',
    entityJournal,
    "return { ...assumed, verified: false, origin: 'assumed' }",
    "return { ...assumed, verified: true, origin: 'assumed' }",
  ),
  mutant(
    'after a conflict the view counts as verified',
    entityJournal,
    'const next = { ...basis, view, verified: false, comparedAt, readsFirst }',
    'const next = { ...basis, view, verified: true, comparedAt, readsFirst }',
  ),
  mutant(
    'a read is answered from the cache',
    readState,
    'warm === undefined ? await recovery.recover(run) : await recovery.readOn(warm.view, run)',
    'warm?.view ?? (await recovery.recover(run))',
  ),
  mutant(
    'the expected revision is not checked',
    decide,
    'if (expected === undefined || expected === actual) return undefined',
    'if (expected === undefined || actual >= 0) return undefined',
  ),
  mutant(
    'commands that expect a revision share a commit with others',
    decide,
    'if (expectedRevision !== undefined && !writesNothing(before)) return true',
    'if (expectedRevision !== undefined && before.length > 1_000) return true',
  ),
  mutant('commands of a batch do not see each other', decide, '    at = one.after\n', ''),
  mutant(
    'the receipts of a batch point to its first event',
    decide,
    '    firstEvent += one.events.length\n',
    '',
  ),
  {
    name: 'a command sees the revision before its batch',
    changes: [
      {
        file: decideCommand,
        from: '{ definition, run, now, at, limits }: Deciding,',
        to: '{ definition, run, now, at, limits, nextRevision }: Deciding,',
      },
      {
        file: decideCommand,
        from: 'const { revision } = at\n',
        to: 'const revision = nextRevision - 1\n',
      },
    ],
  },
  mutant(
    'an actor goes on in the batch in which it stopped',
    decide,
    'if (scope !== undefined && before.some',
    'if (scope === null && before.some',
  ),
  mutant(
    'a stopped entity says that it goes on',
    decideCommand,
    "repliedAnswer(replies, at.revision, behavior.kind === 'stopped', [])",
    'repliedAnswer(replies, at.revision, false, [])',
  ),
  mutant(
    'a recorded rejection is told with the revision before it',
    decideCommand,
    '  const revision = recorded ? nextRevision : at.revision\n  const answer',
    '  const revision = at.revision\n  const answer',
  ),
  mutant(
    'a reply is built from the state before the events',
    decideCommand,
    '[builtReply(deciding, behavior, state)]',
    '[builtReply(deciding, behavior, at.state)]',
  ),
  mutant(
    'events are stored as the handler left them',
    decideCommand,
    "const event = frozenJson(given, 'event')",
    'const event = given',
  ),
  mutant(
    'a handler may change the command of its next attempt',
    'core/engine/accept-command.ts',
    "return hasId ? frozenJson(fields, 'command') : frozenCopy(fields)",
    'return fields as TypedMessage',
  ),
  mutant(
    'a handler may change the principal of its caller',
    'core/engine/accept-command.ts',
    'const principal = request.principal && frozenPrincipal(request.principal)',
    'const { principal } = request',
  ),
  mutant(
    'a handler may change the state',
    view,
    'return next === state ? state : frozenJson(next, `state that onEvent returned`)',
    'return next',
  ),
  mutant(
    'properties that are undefined stay in a warm state',
    view,
    'return next === state ? state : frozenJson(next, `state that onEvent returned`)',
    'return Object.freeze(next)',
  ),
  mutant(
    'a past state at a time leaves out the commit of that time',
    'core/history/past-state.ts',
    'timestamp <= point.at',
    'timestamp < point.at',
  ),
  mutant(
    'a past state within a commit is that at its end',
    'core/history/past-state.ts',
    'number <= sequenceNr; number++',
    'number <= commit.lastSequenceNr; number++',
  ),
  mutant(
    'tenants share warm views',
    'core/base/entity-key.ts',
    'return tenant === undefined ? `${entityType}/${entityId}` : `~${tenant}/${entityType}/${entityId}`',
    'return tenant === null ? entityId : `${entityType}/${entityId}`',
  ),
  mutant(
    'tenants share entities',
    'journal/key.ts',
    'return tenant === undefined ? `${entityType}/` : `~${tenant}/${entityType}/`',
    'return tenant === null ? entityType : `${entityType}/`',
  ),
  mutant(
    'a read does not make what is warm fresh again',
    'core/engine/read-state.ts',
    'warm.comparedAt = comparedAt',
    'warm.comparedAt = Math.min(warm.comparedAt, comparedAt)',
    ['test/core/engine/restore.test.ts'],
  ),
  mutant(
    'a request that takes long is never given up',
    'timers.ts',
    'if (limit.callback !== undefined) limit.timer =',
    'if (limit.dueAt < now) limit.timer =',
    ['test/platform.test.ts'],
  ),
  mutant(
    'a time limit that was cancelled late fires all the same',
    'timers.ts',
    'else clearNative(limit.timer)',
    'else return',
    ['test/platform.test.ts'],
  ),
  mutant(
    'a command is written after its deadline',
    'core/engine/decided.ts',
    'now >= command.deadline',
    'now >= Infinity',
    ['test/core/engine/batches.test.ts'],
  ),
  mutant(
    'code is to blame although its turn came late',
    'core/engine/turn.ts',
    'hadItsTime ? blame : conflictBudgetExhausted(entity, lost)',
    'hadItsTime || lost >= 0 ? blame : conflictBudgetExhausted(entity, lost)',
    ['test/core/entity/schemas.test.ts'],
  ),
  mutant(
    'the engine believes a clock that tells no time',
    'core/engine/steady-clock.ts',
    'if (Number.isFinite(time)) last = time',
    'last = time',
    ['test/core/engine/steady-clock.test.ts'],
  ),
]
