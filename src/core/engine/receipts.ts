import { describeEntity } from '../base/entity-key.ts'
import { TailfoldError } from '../base/errors.ts'
import { fingerprint as shortHash } from '../base/fingerprint.ts'
import { canonicalJson, frozenJson } from '../base/json.ts'
import type { Platform } from '../base/platform.ts'
import type { Principal, TypedMessage } from '../entity/message.ts'
import type { Receipt } from '../journal/commit.ts'
import { commandHash } from '../journal/recent-commands.ts'
import type { Answer } from './outcome.ts'
import type { View } from './view.ts'

/**
 * Who sent which command under which id, in the forms that receipts and windows keep. A receipt belongs to its principal
 * and id: the same id of another principal is another command.
 */
export interface CommandIdentity {
  readonly commandId: string
  /**
   * What the receipt keeps: 22 characters of base64url(SHA-256) of the command as it was sent, in canonical JSON, and for
   * a principal `.` and 22 characters of base64url(SHA-256) of its id. Tailfold 0.1.0 wrote 11 characters of a short hash
   * for each; those are still recognised.
   */
  readonly fingerprint: string
  /** The hashes under which a window may know it: today's, and that of 0.1.0. */
  readonly hashes: readonly [string, string?]
  /**
   * The ids under which `dedupe: 'always'` may have recorded it: today's, and that of 0.1.0. That of a principal begins with
   * `~`, as no id of a caller does: otherwise a caller could give its command an id that takes the place of another's.
   */
  readonly itemIds: readonly string[]
  /** True when the receipt is that of this principal and id. */
  owns(receipt: Receipt): boolean
  /** True when the receipt, which it owns, is that of the same command. */
  isRepeatOf(receipt: Receipt): boolean
}

const hashLength = 22

/** Identifies a command, given as frozen JSON without its `replyTo`. */
export function identify(
  { sha256 }: Pick<Platform, 'sha256'>,
  commandId: string,
  command: TypedMessage,
  principal: Principal | undefined,
): CommandIdentity {
  const text = canonicalJson(command)
  const hash = sha256(text).slice(0, hashLength)
  const sender = principal && sha256(principal.id).slice(0, hashLength)
  const isShort = ({ fingerprint }: Receipt) => fingerprint.split('.')[0]?.length !== hashLength
  return {
    commandId,
    fingerprint: sender === undefined ? hash : `${hash}.${sender}`,
    hashes:
      sender === undefined
        ? [commandHash(commandId)]
        : [commandHash(commandId, sender), commandHash(commandId)],
    itemIds: sender === undefined ? [commandId] : [`~${sender}:${commandId}`, commandId],
    owns(receipt) {
      if (receipt.commandId !== commandId) return false
      const [, theirs] = receipt.fingerprint.split('.')
      return theirs === (isShort(receipt) ? principal && shortHash(principal.id) : sender)
    },
    isRepeatOf: (receipt) =>
      receipt.fingerprint.split('.')[0] === (isShort(receipt) ? shortHash(text) : hash),
  }
}

/** A receipt and the commit that holds it. */
export interface FoundReceipt {
  readonly receipt: Receipt
  readonly revision: number
}

/** Answers a command whose id is recorded: with the recorded outcome, or `command-id-reused` if the command differs. */
export function replay(view: View, identity: CommandIdentity, { receipt, revision }: FoundReceipt): Answer {
  if (!identity.isRepeatOf(receipt)) {
    const entity = describeEntity(view.entity)
    const message = `The command id was used at revision ${revision} of ${entity} for a different command. Use a new id for a new command.`
    return { error: new TailfoldError('command-id-reused', message, { entity, revision }) }
  }
  const { outcome } = receipt
  const position = { revision, replayed: true }
  if (outcome.kind === 'rejected') {
    const details = frozenOrAbsent(outcome.details)
    return { outcome: { ...position, kind: 'rejected', reason: outcome.reason, details }, replies: [] }
  }
  const reply = frozenOrAbsent(outcome.reply)
  return {
    outcome: { ...position, kind: 'replied', reply, stopped: false },
    replies: reply === undefined ? [] : [reply],
  }
}

/** All callers get the same value, so none may change it. */
function frozenOrAbsent(value: unknown): unknown {
  return value === undefined ? undefined : frozenJson(value, 'recorded answer')
}
