import { fingerprint } from '../base/fingerprint.ts'
import type { Commit, Receipt } from './commit.ts'

/**
 * The command ids of an entity that a reader knows. They ride with every stored state, as many as there is room for, so
 * that a repeated command is found without a read of its own.
 *
 * Every id recorded after `dropped` is in the list. An id that is not in the list was therefore not used since the time
 * of `dropped`; whether it was used before that, only the commits up to `dropped` tell.
 *
 * Their stored form: `recent-commands-record.ts`.
 */
export interface RecentCommands {
  /** The newest, newest first; all of them where there is no `older`. */
  readonly commands: readonly RecentCommand[]
  /** The others in blocks, newest first. */
  readonly older?: readonly RecentBlock[] | undefined
  /** The newest commit whose ids may be missing; `undefined` when none is. */
  readonly dropped: DroppedCommand | undefined
  /** Running maximum of the commit times so far, in milliseconds since the Unix epoch; 0 before the first commit. */
  readonly time: number
}

/** One command id, known by its hash; with its receipt when the commit has been seen in full. */
export interface RecentCommand {
  readonly hash: string
  readonly revision: number
  /** Effective time of its commit: the running maximum of commit times. Never earlier than it really was. */
  readonly time: number
  readonly receipt: Receipt | undefined
}

/** Ids that no longer change: shared by all views that know them, so that one more id costs no copy of the others. */
export interface RecentBlock {
  /** Newest first; at least one. */
  readonly commands: readonly RecentCommand[]
  /** By their hash. */
  readonly index: () => ReadonlyMap<string, readonly RecentCommand[]>
}

/** A commit whose ids may be missing. */
export interface DroppedCommand {
  readonly revision: number
  /** When it was written at the latest: see {@link droppedBefore}. */
  readonly time: number
}

/**
 * An id that is dropped, as the newest of those. A commit has the time at which it was decided, and may be written much later:
 * after a slow handler, or by a store that did not answer. But it was there when the next one was decided.
 *
 * @param newer The oldest id that is kept.
 */
export function droppedBefore(newer: RecentCommand | undefined, dropped: RecentCommand): DroppedCommand {
  return { revision: dropped.revision, time: (newer ?? dropped).time }
}

/** How many command ids are kept whatever their age; see `EntityDefinition.dedupeWindow`. */
export const recentCommandsKept = 32

/** Most ids that a process knows of one entity. */
export const mostKnownIds = 100_000

/** Receipts kept with the newest ids; those of older ones are read again when they are needed. */
const receiptsKept = 64

/** Ids in a block, and twice as many at most outside of one. */
const blockSize = 256

/** Characters of the hash of an id. */
export const hashLength = 8

/** Before any commit. */
export const noCommands: RecentCommands = { commands: [], dropped: undefined, time: 0 }

/** How long ids stay known. */
export interface Remembering {
  /** Newest ids to keep whatever their age. */
  readonly atLeast: number
  /** Ids of commits younger than this, by the newest commit, are kept as well, in milliseconds. */
  readonly periodMs: number
}

/**
 * The 8-character hash under which a command id is remembered. Without a principal it is the one of Tailfold 0.1.0. It
 * only nominates a commit: the receipt there decides.
 *
 * @param principalHash The hash of the principal in the receipt's fingerprint, as receipts.ts makes it.
 */
export function commandHash(commandId: string, principalHash?: string): string {
  const text = principalHash === undefined ? commandId : `${principalHash}\n${commandId}`
  return fingerprint(text).slice(-hashLength)
}

/** Adds the receipts of commits, in order, and forgets what is neither young nor among the newest. */
export function remember(
  recent: RecentCommands,
  commits: ReadonlyArray<Pick<Commit, 'revision' | 'receipts' | 'timestamp'>>,
  { atLeast, periodMs }: Remembering,
): RecentCommands {
  let { time } = recent
  const added: RecentCommand[] = []
  for (const { revision, receipts, timestamp } of commits) {
    time = Math.max(time, timestamp)
    for (const receipt of receipts) added.push({ hash: hashOf(receipt), revision, time, receipt })
  }
  if (added.length === 0) return { ...recent, time }
  const all = added.toReversed().concat(recent.commands)
  for (let index = receiptsKept; index < all.length && index < receiptsKept + added.length; index++) {
    all[index] = { ...(all[index] as RecentCommand), receipt: undefined }
  }
  return forget({ ...recent, ...inBlocks(all, recent.older ?? []), time }, atLeast, time - periodMs)
}

/** Forgets ids older than a time, as long as that many remain. Old ids that share a block with younger ones may stay. */
function forget(recent: RecentCommands, atLeast: number, oldest: number): RecentCommands {
  const { commands } = recent
  const blocks = [...(recent.older ?? [])]
  let { dropped } = recent
  let known = countKnown(recent)
  for (let last = blocks.at(-1); last !== undefined; last = blocks.at(-1)) {
    const [newest] = last.commands as readonly [RecentCommand]
    const left = known - last.commands.length
    if (known <= mostKnownIds && (left < atLeast || newest.time >= oldest)) break
    known = left
    blocks.pop()
    dropped = droppedBefore((blocks.at(-1)?.commands ?? commands).at(-1), newest)
  }
  if (blocks.length > 0) return { ...recent, older: blocks, dropped }
  let kept = commands.length
  while (kept > atLeast && (commands[kept - 1] as RecentCommand).time < oldest) kept--
  const next = commands[kept]
  if (next === undefined) return { ...recent, older: undefined, dropped }
  dropped = droppedBefore(commands[kept - 1], next)
  return { ...recent, commands: commands.slice(0, kept), older: undefined, dropped }
}

/** Ids, newest first, with blocks of older ones: few enough outside of blocks that copying them costs little. */
function inBlocks(
  all: readonly RecentCommand[],
  blocks: readonly RecentBlock[],
): Pick<RecentCommands, 'commands' | 'older'> {
  if (all.length <= 2 * blockSize) return { commands: all, older: blocks.length > 0 ? blocks : undefined }
  const added: RecentBlock[] = []
  for (let from = blockSize; from < all.length; from += blockSize)
    added.push(block(all.slice(from, from + blockSize)))
  return { commands: all.slice(0, blockSize), older: [...added, ...blocks] }
}

function block(commands: readonly RecentCommand[]): RecentBlock {
  let index: ReadonlyMap<string, readonly RecentCommand[]> | undefined
  return { commands, index: () => (index ??= Map.groupBy(commands, ({ hash }) => hash)) }
}

/** How many ids are known. */
export function countKnown({ commands, older = [] }: RecentCommands): number {
  return older.reduce((sum, each) => sum + each.commands.length, commands.length)
}

/** Those that one of the hashes, one or two, may belong to, newest first. */
export function findRecent(
  { commands, older = [] }: RecentCommands,
  hashes: readonly [string, string?],
): readonly RecentCommand[] {
  const found: RecentCommand[] = []
  const [first, second] = hashes
  for (const command of commands) {
    if (command.hash === first || command.hash === second) found.push(command)
  }
  for (const { index } of older)
    for (const hash of hashes) if (hash !== undefined) found.push(...(index().get(hash) ?? []))
  return found
}

/** All of them, newest first. */
export function* allKnown({ commands, older = [] }: RecentCommands): Generator<RecentCommand> {
  yield* commands
  for (const each of older) yield* each.commands
}

/** Adds ids of older commits, read in order from after `floor` up to the newest dropped one. */
export function rememberOlder(
  recent: RecentCommands,
  commits: ReadonlyArray<Pick<Commit, 'revision' | 'receipts' | 'timestamp'>>,
  floor: DroppedCommand | undefined,
): RecentCommands {
  let time = floor?.time ?? 0
  const newest = commits.at(-1)?.revision ?? 0
  // Counted, for two ids of one commit may share a hash.
  const known = new Map<string, number>()
  const placeOf = ({ revision, hash }: Pick<RecentCommand, 'revision' | 'hash'>) => `${revision} ${hash}`
  for (const command of allKnown(recent)) {
    if (command.revision > newest) continue
    known.set(placeOf(command), (known.get(placeOf(command)) ?? 0) + 1)
  }
  const older: RecentCommand[] = []
  for (const { revision, receipts, timestamp } of commits) {
    time = Math.max(time, timestamp)
    for (const receipt of receipts) {
      const command = { hash: hashOf(receipt), revision, time, receipt: undefined }
      const times = known.get(placeOf(command)) ?? 0
      if (times === 0) older.push(command)
      else known.set(placeOf(command), times - 1)
    }
  }
  const found = older.toReversed()
  return recent.older === undefined
    ? { ...recent, ...inBlocks(recent.commands.concat(found), []), dropped: floor }
    : {
        ...recent,
        older: found.length === 0 ? recent.older : [...recent.older, block(found)],
        dropped: floor,
      }
}

/** Adds to ids known by their hash the receipts of `commits`. */
export function withReceipts(recent: RecentCommands, commits: readonly Commit[]): RecentCommands {
  const receiptsAt = new Map(commits.map(({ revision, receipts }) => [revision, receipts]))
  const used = new Set<Receipt>()
  const commands = recent.commands.map((command) => {
    const receipt = receiptsAt
      .get(command.revision)
      ?.findLast((candidate) => !used.has(candidate) && hashOf(candidate) === command.hash)
    if (receipt === undefined) return command
    used.add(receipt)
    return { ...command, receipt }
  })
  return { ...recent, commands }
}

/** Receipts of Tailfold 0.1.0 have short hashes of principals, and were remembered by their id alone. */
function hashOf({ commandId, fingerprint: print }: Receipt): string {
  const [, principalHash] = print.split('.')
  return commandHash(
    commandId,
    principalHash !== undefined && principalHash.length > 11 ? principalHash : undefined,
  )
}
