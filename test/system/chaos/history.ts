import type { CommandInput } from 'tailfold'
import type { AccountCommand } from '../../../functions/bank/account.ts'

/** A command as a client sends it. */
export interface ChaosRequest {
  readonly entityId: string
  readonly command: CommandInput<AccountCommand>
  /** Every command that may change something has one; queries have none. */
  readonly commandId: string | undefined
}

/** What a client was told; `lost` when the process died before it answered. */
export type ChaosAnswer =
  | {
      readonly kind: 'replied'
      readonly reply: unknown
      readonly revision: number
      readonly replayed: boolean
    }
  | {
      readonly kind: 'rejected'
      readonly reason: string
      readonly details: unknown
      readonly revision: number
      readonly replayed: boolean
    }
  | { readonly kind: 'error'; readonly code: string; readonly nothingWritten: boolean }
  | { readonly kind: 'lost' }

/** An answer that says what the command did. */
export type Acknowledgement = Extract<ChaosAnswer, { kind: 'replied' | 'rejected' }>

/** One time a command was sent. Times are steps of one counter: noted before sending and after the answer. */
export interface Sending {
  readonly sentAt: number
  answeredAt: number
  answer: ChaosAnswer
}

/** A command and every time it was sent, with the same id. */
export interface ChaosEntry extends ChaosRequest {
  readonly sendings: Sending[]
}

/** True when the client knows what its command did. */
export function isAcknowledgement(answer: ChaosAnswer): answer is Acknowledgement {
  return answer.kind === 'replied' || answer.kind === 'rejected'
}

/** True when the client was told what it did. */
export function wasAcknowledged({ sendings }: ChaosEntry): boolean {
  return sendings.some(({ answer }) => isAcknowledgement(answer))
}

/** True when an answer to it was lost, or did not say. */
export function wasInDoubt({ commandId, sendings }: ChaosEntry): boolean {
  return commandId !== undefined && sendings.some(({ answer }) => !isAcknowledgement(answer))
}
