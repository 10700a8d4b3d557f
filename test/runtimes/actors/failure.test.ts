import { type ErrorCode, type Outcome, TailfoldError } from 'tailfold'
import { describe, expect, test } from 'vitest'
import type { Engine } from '../../../src/core/engine/contract.ts'
import { deliver } from '../../../src/runtimes/actors/delivery.ts'
import { messageOf } from '../../../src/runtimes/actors/message.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'

/** Whether an error of a command is a failure of its actor: its own handlers failed. Time that was lost never is. */
const isFailure: Readonly<Record<ErrorCode, boolean>> = {
  'handler-failed': true,
  'unknown-event': true,
  'not-json': true,
  'ask-timeout': false,
  'command-id-reused': false,
  'command-id-unverified': false,
  'conflict-budget-exhausted': false,
  'entity-stopped': false,
  'feed-lost': false,
  'invalid-command': false,
  'invalid-id': false,
  'invalid-query': false,
  'journal-corrupt': false,
  'outcome-unknown': false,
  'queue-full': false,
  'record-too-large': false,
  rejected: false,
  'revision-mismatch': false,
  'state-differs': false,
  'store-unavailable': false,
  'too-many-events': false,
  'too-many-rejections': false,
  'unhandled-command': false,
  'view-behind': false,
  unexpected: false,
}

const key = { entityType: 'ticker', entityId: 't' }

/** Delivers a command that ends with an error, and one behind it. */
async function deliverTwo(code: ErrorCode) {
  const error = new TailfoldError(code, '', {} as never)
  const failures: TailfoldError[] = []
  const answers: unknown[] = []
  const waiting = (type: string) => ({
    message: messageOf(virtualPlatform(), key, { type }),
    resolve: (outcome: Outcome) => void answers.push(outcome.kind),
    reject: (rejection: TailfoldError) => void answers.push(rejection.code),
  })
  const engine = {
    async execute(_id: string, { type }: { type: string }, options: Parameters<Engine['execute']>[2] = {}) {
      if (type === 'Fail') throw error
      await Promise.resolve().then(() => {})
      if (options.scope?.ended !== undefined) throw options.scope.ended
      return { kind: 'replied', stopped: false }
    },
  } as unknown as Engine
  const again = await deliver([waiting('Fail'), waiting('Go')], {
    engine,
    key,
    onStopped: () => {},
    onFailure: (failure) => void failures.push(failure),
  })
  return { failures: failures.length, answers, again: again.map(({ message }) => message.command.type) }
}

describe('an error of a command', () => {
  test.each(Object.entries(isFailure))('%s is a failure of its actor: %s', async (code, fails) => {
    expect(await deliverTwo(code as ErrorCode)).toEqual(
      fails
        ? { failures: 1, answers: [code], again: ['Go'] }
        : { failures: 0, answers: [code, 'replied'], again: [] },
    )
  })
})
