import { sha256 } from '#bytes'

/**
 * Azure takes no `/` in its keys, and `%` makes trouble. What comes before `0` in the order of characters is moved down by one
 * place, so that keys stay different, as long as they are, and in their order.
 * Source: https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#characters-disallowed-in-key-fields
 */
const substitutes: Readonly<Record<string, string>> = { '%': '$', '-': ',', '.': '-', '/': '.' }
const originals = Object.fromEntries(Object.entries(substitutes).map(([from, to]) => [to, from]))

/** Longest partition key and row key: 1 KiB of UTF-16. */
const maxPartitionChars = 512
/** What leaves room for the rest of a row key. */
const maxSuffixChars = 400
/** Stands before the hash of a text that was cut; no key holds it. */
const cutMark = '*'
const hashChars = 43

/** The snapshot of an entity comes before its commits. */
const snapshotRow = '-'
/** Comes after every commit, and before every other row. */
const afterCommits = ':'
const lowestCommit = '0'

/** Where the rows of a key are. */
export interface Place {
  readonly partition: string
  /** What its row keys begin with: nothing for an entity, something for a key with `//`, which is in the entity's partition. */
  readonly rows: string
}

/** An inclusive range of row keys. */
export interface RowRange {
  readonly from: string
  /** Exclusive. */
  readonly before: string
}

/** Where the rows of a key are. No two keys share a row. */
export function placeOf(key: string): Place {
  const at = key.lastIndexOf('//')
  if (at < 0) return { partition: fitted(key, maxPartitionChars), rows: '' }
  const suffix = fitted(key.slice(at + 2), maxSuffixChars)
  return { partition: fitted(key.slice(0, at), maxPartitionChars), rows: `v${suffix}!` }
}

/** The row key of a commit: the newest comes first. */
export function commitRow({ rows }: Place, revision: number): string {
  return rows + String(Number.MAX_SAFE_INTEGER - revision).padStart(16, '0')
}

/** The revision in the row key of a commit; `undefined` for another row. */
export function revisionIn({ rows }: Place, rowKey: string): number | undefined {
  const digits = rowKey.slice(rows.length)
  return /^\d{16}$/.test(digits) ? Number.MAX_SAFE_INTEGER - Number(digits) : undefined
}

/** The row key of the snapshot. */
export function snapshotRowOf({ rows }: Place): string {
  return rows + snapshotRow
}

/** The row key of a command id: hashed, as it may hold any character. */
export function commandIdRow({ rows }: Place, commandId: string): string {
  return `${rows}i${sha256(commandId)}`
}

/** The snapshot and all commits, in this order. */
export function recordRows({ rows }: Place): RowRange {
  return { from: rows + snapshotRow, before: rows + afterCommits }
}

/** Commits from a revision on, up to another one, newest first. */
export function commitRows(place: Place, fromRevision: number, lastRevision?: number): RowRange {
  const { rows } = place
  const from = lastRevision === undefined ? rows + lowestCommit : commitRow(place, lastRevision)
  return { from, before: commitRow(place, Math.max(fromRevision, 1) - 1) }
}

/** Command ids. */
export function commandIdRows({ rows }: Place): RowRange {
  return { from: `${rows}i`, before: `${rows}j` }
}

/** Snapshots of older schema versions, and what else belongs to keys of the entity with `//`. */
export function rowsBeside({ rows }: Place): RowRange {
  return { from: `${rows}v`, before: `${rows}w` }
}

/** Commits of entities, in a query over partitions. */
export const commitsOfEntities: RowRange = { from: lowestCommit, before: afterCommits }

/** Whether a row key in {@link rowsBeside} is that of a snapshot. */
export function isSnapshotBeside(rowKey: string): boolean {
  return rowKey.endsWith(`!${snapshotRow}`)
}

/** Partitions of the keys that begin with a prefix and come after another key. */
export function partitionsOf(
  prefix: string,
  after: string,
): { readonly after: string; readonly before: string } {
  const begin = substituted(prefix)
  // Beyond every character of a key. Without a prefix the first partition comes after the empty one.
  return { after: after > prefix ? fitted(after, maxPartitionChars) : begin, before: `${begin}\u00a1` }
}

/** The key of a partition; `undefined` where it was too long. */
export function keyOfPartition(partition: string): string | undefined {
  if (partition.includes(cutMark)) return undefined
  return partition.replaceAll(/[$,\-.]/g, (character) => originals[character] ?? character)
}

function substituted(text: string): string {
  return text.replaceAll(/[%\-./]/g, (character) => substitutes[character] ?? character)
}

/** A text that was too long is cut and ends with its hash. */
function fitted(text: string, maxChars: number): string {
  const whole = substituted(text)
  if (whole.length <= maxChars) return whole
  return whole.slice(0, maxChars - hashChars - cutMark.length) + cutMark + sha256(text)
}
