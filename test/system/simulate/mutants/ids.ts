import { type Mutant, mutant } from './mutant.ts'

const decide = 'core/engine/decide.ts'
const decideCommand = 'core/engine/decide-command.ts'
const lookup = 'core/engine/receipt-lookup.ts'
const receipts = 'core/engine/receipts.ts'
const period = 'core/engine/period.ts'
const recent = 'core/journal/recent-commands.ts'
const recentRecord = 'core/journal/recent-commands-record.ts'
const view = 'core/engine/view.ts'

/** Is a command carried out once under its id, for as long as the id must be remembered? */
export const ids: readonly Mutant[] = [
  mutant(
    'no dedupe',
    recent,
    'if (command.hash === first || command.hash === second) found.push(command)',
    "if (command.hash === '') found.push(command)",
  ),
  mutant(
    'a used id is answered whatever the command',
    receipts,
    'if (!identity.isRepeatOf(receipt)) {',
    'if (receipt === undefined) {',
  ),
  mutant(
    'an id belongs to every principal',
    receipts,
    'return theirs === (isShort(receipt) ? principal && shortHash(principal.id) : sender)',
    'return theirs !== null',
  ),
  mutant(
    'rejections are not recorded',
    decideCommand,
    'const recorded = pending.identity !== undefined && deciding.limits.keepsRejections',
    'const recorded = pending.identity !== undefined && deciding.now < 0',
  ),
  mutant(
    'no-ops are not recorded',
    decideCommand,
    '(events.length > 0 || deciding.limits.keepsRejections)',
    'events.length > 0',
  ),
  mutant(
    'a repeat in the same batch is not seen',
    decide,
    'receiptInBatch(view, pending, before) ?? journal.recorded(pending)',
    'journal.recorded(pending)',
  ),
  mutant(
    'ids are looked up before the first attempt only',
    'core/engine/loop.ts',
    'basis = await journal.lookUp(basis, batch)',
    'basis = run.attempts() > 1 ? basis : await journal.lookUp(basis, batch)',
  ),
  mutant(
    'findCommandId is never asked',
    lookup,
    'await Promise.all(identity.itemIds.map(ask))',
    'await Promise.all(identity.itemIds.slice(2).map(ask))',
  ),
  mutant(
    'an id that was not found is not looked for again after a restore',
    lookup,
    'notKept.get(command) !== recent.dropped',
    '!notKept.has(command)',
    ['test/core/engine/dedupe-always.test.ts'],
  ),
  mutant(
    'a command whose id is looked for too long is decided without it',
    'core/engine/entity-journal.ts',
    'for (const command of slow) batch.defer(command)',
    'for (const command of slow) command.dropIfExpired()',
    ['test/core/engine/batches.test.ts'],
  ),
  mutant(
    'what a principal sends is kept under an id that another caller can choose',
    receipts,
    '`~${sender}:${commandId}`',
    '`${sender}:${commandId}`',
    ['test/core/engine/receipts.test.ts'],
  ),
  mutant(
    'ids that are kept for long are not written',
    'core/engine/append.ts',
    "return receipt === undefined || dedupe !== 'always' || commandId === undefined",
    "return receipt === undefined || dedupe !== 'never' || commandId === undefined",
  ),
  mutant(
    'an id that is known by its hash alone counts as not used',
    lookup,
    'if (receipt === undefined) revisions.add(revision)',
    'if (receipt === undefined) continue',
  ),
  mutant(
    'a lookup that fails finds nothing',
    lookup,
    "return asTailfoldError('find a command id', error)",
    'return undefined',
  ),
  mutant(
    'what the period shows is not looked at',
    lookup,
    'await Promise.all(searchAll(read.view, unverified))',
    'for (const each of unverified) found.set(each, undefined)',
  ),
  mutant(
    'a period that could not be read counts as read',
    lookup,
    "if (found.get(each) === 'unverified') found.set(each, read.failure)",
    'found.set(each, undefined)',
  ),
  mutant(
    'the period is never read',
    period,
    'return dropped === undefined || dropped.time < periodStart(definition, now)',
    'return dropped === undefined || now > 0',
  ),
  mutant(
    'the read of the period skips a commit',
    period,
    'return { revision: from - 1, time: isOld ? start - 1 : time }',
    'return { revision: from - 2, time: isOld ? start - 1 : time }',
  ),
  mutant(
    'one old commit ends the read of the period',
    period,
    'oldest.every(({ timestamp }) => timestamp < start)',
    'oldest.some(({ timestamp }) => timestamp < start)',
  ),
  mutant(
    'readers trust their clock',
    view,
    'return now - dedupeForMs - clockToleranceMs',
    'return now - dedupeForMs',
    ['test/core/engine/period.test.ts'],
  ),
  mutant(
    'readers take the period for half as long',
    view,
    'return now - dedupeForMs - clockToleranceMs',
    'return now - dedupeForMs / 2',
  ),
  mutant(
    'the window forgets the newest',
    recent,
    'const all = added.toReversed().concat(recent.commands)',
    'const all = [...recent.commands, ...added.toReversed()]',
  ),
  {
    name: 'the window keeps half and does not say so',
    changes: [
      {
        file: recent,
        from: 'while (kept > atLeast && (commands[kept - 1] as RecentCommand).time < oldest) kept--',
        to: 'kept = Math.ceil(kept / 2)',
      },
      {
        file: recent,
        from: '  dropped = droppedBefore(commands[kept - 1], next)\n',
        to: '',
      },
    ],
  },
  mutant(
    'a stored window does not say what it leaves out',
    recentRecord,
    '      dropped = droppedBefore(newer, command)\n      break',
    '      break',
  ),
  mutant(
    'a stored window says that what it leaves out is old',
    recentRecord,
    'Math.floor((timestamp - dropped.time) / 1000)',
    '(Math.floor((timestamp - dropped.time) / 1000) + 3_600)',
  ),
  mutant(
    'an id is remembered from when it was decided on',
    recent,
    'time: (newer ?? dropped).time',
    'time: dropped.time',
    ['test/core/engine/command-ids.test.ts'],
  ),
  mutant(
    'the period is not read where commands have no time limit',
    'core/engine/period.ts',
    'run.platform.now() < endsAt)',
    'run.platform.now() < endsAt && endsAt < Infinity)',
    ['test/core/engine/period.test.ts'],
  ),
  mutant(
    'all wait for the commits of the period',
    'core/engine/receipt-lookup.ts',
    'unverified.length === 0 || othersWait',
    'unverified.length === 0',
    ['test/core/engine/period.test.ts'],
  ),
  mutant(
    'the window does not ride with the state',
    recentRecord,
    "  let text = ''\n  let previous = revision\n",
    "  let text = ''\n  let previous = revision\n  if (atLeast >= 0) return '~.'\n",
  ),
  mutant(
    'the window names the wrong commits',
    recentRecord,
    '    found.push({ hash: entry.slice(0, hashLength), revision: previous })',
    '    found.push({ hash: entry.slice(0, hashLength), revision: previous + 1 })',
  ),
  mutant(
    "the winner's command ids are not learned",
    view,
    'const recent = remember(view.recent, commits, remembering(definition))',
    'const recent = remember(view.recent, [], remembering(definition))',
  ),
  mutant(
    'own command ids are not learned',
    'core/engine/append.ts',
    'const { state, recent } = draft',
    'const { state, recent } = { state: draft.state, recent: view.recent }',
  ),
  mutant(
    'own command ids do not ride with the state',
    'core/engine/append.ts',
    'recent: remember(view.recent, [{ revision, receipts, timestamp }], remembering(definition)),',
    'recent: remember(view.recent, [], remembering(definition)),',
  ),
  mutant(
    'an expected revision hides a recorded outcome',
    decide,
    'if (recorded !== undefined) return withoutCommit',
    'if (recorded !== undefined && pending.expectedRevision === undefined) return withoutCommit',
    ['test/core/engine/batches.test.ts'],
  ),
  mutant(
    'the newest ids are forgotten once their period is over',
    recent,
    'while (kept > atLeast &&',
    'while (kept > 0 &&',
    ['test/core/journal/recent-commands.test.ts'],
  ),
]
