import { fingerprint } from '../base/fingerprint.ts'
import type { Commit, Receipt } from './commit.ts'

/**
 * The command ids of an entity that a reader knows. They ride with every stored state, as many as there is room for, so
 * that a repeated command is found without a read of its own.
 *
 * Every id recorded after `dropped` is in the list. An id that is not in the list was therefore not used since the time
 * of `dropped`; whether it was used before that, only the commits up to `dropped` tell.
 *
 * Stored form: for each id, newest first, its 8-character hash, the distance of its commit from that of the id before it
 * (the first: from the revision of the state) in base 36, and `.`; then `~`, the distance of the newest dropped commit
 * from the revision of the state in base 36, `.`, its effective time in seconds before the record's timestamp in base
 * 36, and `.`. `~.` says that no id was ever dropped. Example: `k3q8v1xz0.9ab2c4de1.~2.5k.` at revision 7 names commits
 * 7 and 6, and says that ids of commit 5, 200 seconds older than the record, were dropped.
 * Tailfold 0.1.0 wrote no suffix, and ignores it: its ids may have been dropped up to the record itself.
 */
export interface RecentCommands {
  /** Newest first. */
  readonly commands: readonly RecentCommand[]
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

/** A commit whose ids may be missing, with its effective time. */
export interface DroppedCommand {
  readonly revision: number
  readonly time: number
}

/** How many command ids are kept whatever their age; see `EntityDefinition.dedupeWindow`. */
export const recentCommandsKept = 32

/** Most ids in a stored form: about ten bytes each. */
export const mostStoredIds = 1_000

/** Most ids that a process knows of one entity. */
export const mostKnownIds = 100_000

/** Receipts kept with the newest ids; those of older ones are read again when they are needed. */
const receiptsKept = 64

const hashLength = 8

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
  const oldest = time - periodMs
  let kept = Math.min(all.length, mostKnownIds)
  while (kept > atLeast && (all[kept - 1] as RecentCommand).time < oldest) kept--
  for (let index = receiptsKept; index < kept && index < receiptsKept + added.length; index++) {
    all[index] = { ...(all[index] as RecentCommand), receipt: undefined }
  }
  const next = all[kept]
  if (next === undefined) return { commands: all, dropped: recent.dropped, time }
  return { commands: all.slice(0, kept), dropped: { revision: next.revision, time: next.time }, time }
}

/** Adds ids of older commits, read in order from after `floor` up to the newest dropped one. */
export function rememberOlder(
  recent: RecentCommands,
  commits: ReadonlyArray<Pick<Commit, 'revision' | 'receipts' | 'timestamp'>>,
  floor: DroppedCommand | undefined,
): RecentCommands {
  let time = floor?.time ?? 0
  // Counted, for two ids of one commit may share a hash.
  const known = new Map<string, number>()
  const placeOf = ({ revision, hash }: Pick<RecentCommand, 'revision' | 'hash'>) => `${revision} ${hash}`
  for (const command of recent.commands) known.set(placeOf(command), (known.get(placeOf(command)) ?? 0) + 1)
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
  return { commands: recent.commands.concat(older.toReversed()), dropped: floor, time: recent.time }
}

/** Where a stored form stands: the revision of its state and the timestamp of its record. */
export interface RecordPlace {
  readonly revision: number
  readonly timestamp: number
}

/**
 * The stored form: the newest ids, as many as make up to `roomBytes` bytes, at least `atLeast` of those there are and at
 * most 1,000.
 */
export function encodeRecent(
  recent: RecentCommands,
  { revision, timestamp }: RecordPlace,
  atLeast: number,
  roomBytes = 0,
): string {
  let text = ''
  let previous = revision
  let dropped = recent.dropped
  for (const [index, command] of recent.commands.entries()) {
    const next = `${command.hash}${(previous - command.revision).toString(36)}.`
    const fits = text.length + next.length + longestSuffix <= roomBytes
    if (index >= atLeast && (!fits || index >= mostStoredIds)) {
      dropped = command
      break
    }
    text += next
    previous = command.revision
  }
  if (dropped === undefined) return `${text}~.`
  const distance = Math.max(0, revision - dropped.revision).toString(36)
  const seconds = Math.floor((timestamp - dropped.time) / 1000).toString(36)
  return `${text}~${distance}.${seconds}.`
}

/** A distance of up to 7 characters, as 0.1.0 can ignore, seconds of up to 9 with a sign, and what separates them. */
const longestSuffix = 20

/**
 * Reads the stored form. Text of another form yields the ids up to the fault, and that ids may have been dropped up to
 * the record itself; so does the form of 0.1.0. The times of commits are not stored: they are taken for as late as they
 * can have been.
 */
export function decodeRecent(text: string, { revision, timestamp }: RecordPlace): RecentCommands {
  const [ids = '', suffix] = text.split('~')
  const entries = ids.split('.')
  const rest = entries.pop()
  const found: Pick<RecentCommand, 'hash' | 'revision'>[] = []
  let previous = revision
  for (const entry of entries) {
    previous -= wholeNumber(entry.slice(hashLength)) ?? Number.POSITIVE_INFINITY
    if (previous < 1) break
    found.push({ hash: entry.slice(0, hashLength), revision: previous })
  }
  const itself = { revision, time: timestamp }
  const isWhole = rest === '' && found.length === entries.length
  const dropped = isWhole ? decodeDropped(suffix, itself) : itself
  const time = Math.max(timestamp, dropped?.time ?? timestamp)
  return { commands: found.map((command) => ({ ...command, time, receipt: undefined })), dropped, time }
}

/** The newest dropped commit in a suffix; the record itself where the suffix is missing or of another form. */
function decodeDropped(suffix: string | undefined, itself: DroppedCommand): DroppedCommand | undefined {
  if (suffix === '.') return undefined
  const [distance = '', seconds = ''] = (suffix ?? '').split('.')
  const back = wholeNumber(distance)
  const ago = seconds.startsWith('-') ? negative(wholeNumber(seconds.slice(1))) : wholeNumber(seconds)
  if (back === undefined || ago === undefined || back > itself.revision) return itself
  return { revision: itself.revision - back, time: itself.time - ago * 1000 }
}

/** A whole number in base 36; `undefined` for any other text. */
function wholeNumber(text: string): number | undefined {
  return /^[0-9a-z]{1,10}$/.test(text) ? Number.parseInt(text, 36) : undefined
}

function negative(value: number | undefined): number | undefined {
  return value === undefined ? undefined : -value
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
