import { countKnown, type RecentCommands } from '../core/journal/recent-commands.ts'
import { encodeRecent } from '../core/journal/recent-commands-record.ts'

/** A stored state, with the command ids known there. */
interface StateWithIds {
  readonly recent: RecentCommands
  /** Fewest ids to keep, of those there are. */
  readonly idsAtLeast: number
  readonly revision: number
  readonly timestamp: number
}

/**
 * A record with the fewest ids allowed, and as many more as fit into the bytes that it is billed for anyway.
 *
 * @param carrying Makes the record with ids in their stored form.
 */
export function withIdsThatFit<Form>(
  state: StateWithIds,
  size: (form: Form) => number,
  billedBytes: number,
  carrying: (ids: string) => Form,
): { readonly form: Form; readonly bytes: number } {
  const { recent, idsAtLeast } = state
  const fewest = encodeRecent(recent, state, idsAtLeast)
  const form = carrying(fewest)
  const bytes = size(form)
  const room = Math.ceil(bytes / billedBytes) * billedBytes - bytes
  if (room === 0 || countKnown(recent) <= idsAtLeast) return { form, bytes }
  const more = carrying(encodeRecent(recent, state, idsAtLeast, fewest.length + room))
  const moreBytes = size(more)
  // A store may count more than a byte for a character.
  return moreBytes <= bytes + room ? { form: more, bytes: moreBytes } : { form, bytes }
}
