import {
  allKnown,
  type DroppedCommand,
  droppedBefore,
  hashLength,
  type RecentCommand,
  type RecentCommands,
} from './recent-commands.ts'

/*
 * Stored form: for each id, newest first, its 8-character hash, the distance of its commit from that of the id before it
 * (the first: from the revision of the state) in base 36, and `.`; then `~`, the distance of the newest dropped commit
 * from the revision of the state in base 36, `.`, the time by which it was written, in seconds before the record's
 * timestamp in base 36, and `.`. `~.` says that no id was ever dropped. Example: `k3q8v1xz0.9ab2c4de1.~2.5k.` at revision 7
 * names commits 7 and 6, and says that ids of commit 5, written at least 200 seconds before the record, were dropped.
 * Tailfold 0.1.0 wrote no suffix, and ignores it: its ids may have been dropped up to the record itself.
 */

/** Where a stored form stands: the revision of its state and the timestamp of its record. */
interface RecordPlace {
  readonly revision: number
  readonly timestamp: number
}

/** Most ids in a stored form: about ten bytes each. */
export const mostStoredIds = 1_000

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
  let newer: RecentCommand | undefined
  let index = 0
  for (const command of allKnown(recent)) {
    const next = `${command.hash}${(previous - command.revision).toString(36)}.`
    const fits = text.length + next.length + longestSuffix <= roomBytes
    if (index >= atLeast && (!fits || index >= mostStoredIds)) {
      dropped = droppedBefore(newer, command)
      break
    }
    text += next
    previous = command.revision
    newer = command
    index += 1
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
    previous -= wholeNumber(entry.slice(hashLength)) ?? Infinity
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
