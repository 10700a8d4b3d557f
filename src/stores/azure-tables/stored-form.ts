import type { StoredCommandId } from '../../journal/store.ts'
import { commandIdRow, commitRow, type Place, snapshotRowOf } from './keys.ts'

/**
 * Stored form. Entities stay readable in all later versions.
 *
 *   PartitionKey  the key of the entity, each character `%`, `-`, `.`, `/` as `$`, `,`, `-`, `.`: `account.acc,001`. Beyond
 *                 512 characters: its first 468, `*`, and base64url(SHA-256(key))
 *   RowKey        commit: 9007199254740991 minus its revision, 16 digits, so that the newest comes first
 *                 snapshot: `-`, before every commit
 *                 command id: `i` and base64url(SHA-256(command id))
 *                 a key with `//`, as that of a snapshot of an older schema version: in the partition of what is before
 *                 it; `v`, what is behind it (written as above, at most 400 characters), `!`, and then one of these
 *   d, d1, d2 …   commit and snapshot: the record as JSON text, in pieces of at most 32,000 UTF-16 units
 *   sr, sv        snapshot: revision and schema version of its state (Edm.Int64)
 *   r             command id: the revision of the commit that recorded it (Edm.Int64)
 *   x             command id: seconds since the Unix epoch after which it may be deleted (Edm.Int64)
 */
export type Entity = Readonly<Record<string, string>>

/**
 * Longest text of a property: 64 KiB of UTF-16, rounded down.
 * Source: https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#property-limitations
 */
const maxPieceChars = 32_000

/**
 * Largest record: as UTF-16 a text takes at most twice its bytes, and an entity has 1 MiB with its keys and names.
 * Source: https://learn.microsoft.com/azure/storage/tables/scalability-targets
 */
export const mostRecordBytes = 520_000

/** The entity of a commit. */
export function commitEntity(place: Place, revision: number, text: string): Entity {
  return { ...keysOf(place, commitRow(place, revision)), ...piecesOf(text) }
}

/** The entity of a snapshot. */
export function snapshotEntity(
  place: Place,
  { revision, schemaVersion }: { readonly revision: number; readonly schemaVersion: number },
  text: string,
): Entity {
  return {
    ...keysOf(place, snapshotRowOf(place)),
    ...int64('sr', revision),
    ...int64('sv', schemaVersion),
    ...piecesOf(text),
  }
}

/** The entity of a command id. */
export function commandIdEntity(place: Place, revision: number, id: StoredCommandId): Entity {
  return {
    ...keysOf(place, commandIdRow(place, id.commandId)),
    ...int64('r', revision),
    ...int64('x', id.expiresAtEpochSeconds),
  }
}

/**
 * An entity as it is sent: in ASCII, as Azurite decodes each chunk of a body by itself and so damages characters of several
 * bytes.
 */
export function jsonOf(entity: Entity): string {
  return JSON.stringify(entity).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The text of a commit or snapshot. */
export function textOf(entity: Entity): string {
  let text = entity['d'] ?? ''
  for (let piece = 1; entity[`d${piece}`] !== undefined; piece++) text += entity[`d${piece}`]
  return text
}

function keysOf({ partition }: Place, row: string): Entity {
  return { PartitionKey: partition, RowKey: row }
}

/** JSON has it as text. */
function int64(name: string, value: number): Entity {
  return { [name]: String(value), [`${name}@odata.type`]: 'Edm.Int64' }
}

/** Cut between characters: half a pair of surrogates would not be kept. */
function piecesOf(text: string): Entity {
  const pieces: Record<string, string> = {}
  for (let start = 0, piece = 0; start < text.length || piece === 0; piece++) {
    const most = start + maxPieceChars
    const end = most < text.length && isHighSurrogate(text.charCodeAt(most - 1)) ? most - 1 : most
    pieces[piece === 0 ? 'd' : `d${piece}`] = text.slice(start, end)
    start = end
  }
  return pieces
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}
