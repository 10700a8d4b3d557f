import type { RequestListener } from 'node:http'
import { createEngine, systemPlatform } from 'tailfold'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { answer, failureOf, serve } from '../../helpers/scripted-dynamodb.ts'

describe('a signature that AWS finds expired, as after a Lambda function was frozen', () => {
  const minutes = 60_000

  /** Answers as AWS does by its clock, which differs from ours: signatures are good for five minutes. */
  function clocked(aheadMs: number, signedAt: number[]): RequestListener {
    return (request, response) => {
      const now = Date.now() + aheadMs
      const [, y, mo, d, h, mi, s] =
        /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(request.headers['x-amz-date'])) ?? []
      const signed = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s))
      signedAt.push(signed - now)
      response.setHeader('Date', new Date(now).toUTCString())
      if (Math.abs(signed - now) < 5 * minutes) {
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}')
        return
      }
      const message =
        signed < now
          ? 'Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z (20260101T001500Z - 5 min.)'
          : 'Signature not yet current: 20260101T001000Z is still later than 20260101T000500Z (20260101T000000Z + 5 min.)'
      answer(400, 'InvalidSignatureException', { message })(request, response)
    }
  }

  test.for([10 * minutes, -10 * minutes])(
    'is retryable, was not applied, and the next request has the right time: %d ms off',
    async (aheadMs) => {
      const signedAt: number[] = []
      await using server = await serve(clocked(aheadMs, signedAt))
      const store = server.store()
      expect(await failureOf(store)).toMatchObject({
        message: expect.stringContaining('the signature was not valid at the time of AWS (Signature '),
        retryable: true,
        applied: 'no',
        cause: { name: 'InvalidSignatureException' },
      })
      expect(await store.append('account/acc-001', 1, { id: 'x' })).toEqual({ kind: 'appended' })
      expect(Math.abs(signedAt[1] ?? Number.NaN)).toBeLessThan(2_000)
    },
  )

  test('costs a command one more request', async () => {
    const signedAt: number[] = []
    await using server = await serve(clocked(10 * minutes, signedAt))
    const engine = createEngine(account, {
      journal: dynamoDbJournal({ client: server.client(), tableName: 'any' }),
      platform: systemPlatform,
    })
    const deposit = engine.execute('acc-001', { type: 'Deposit', amount: 1 }, { expect: 'new' })
    expect(await deposit).toMatchObject({ kind: 'replied', revision: 1 })
    expect(server.requests()).toBe(2)
  })

  test('stays a matter of credentials when the time is right', async () => {
    await using server = await serve(answer(400, 'InvalidSignatureException'))
    expect(await failureOf(server.store())).toMatchObject({
      message: expect.stringContaining('AWS does not accept the credentials (by the test)'),
      retryable: false,
      applied: 'no',
    })
  })
})
