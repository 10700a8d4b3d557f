import type { CommandEnd, CommandObserver, CommandStart } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { openApp } from '../helpers/http-app.ts'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

function recorder() {
  const seen: Array<{ readonly start: CommandStart; readonly end: CommandEnd }> = []
  const observer: CommandObserver = (start) => (end) => void seen.push({ start, end })
  return { seen, observer }
}

function deposit(headers: Record<string, string> = {}) {
  return {
    method: 'POST',
    path: '/account/acc-001/Deposit',
    query: '',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"amount":5}',
    requestId: 'request-1',
  }
}

describe('the observers of an app', () => {
  test('are each told of a command with its request id, trace and, when asked, cost', async () => {
    const [one, two] = [recorder(), recorder()]
    const { app, journal } = openApp({ observers: [one.observer, two.observer], costs: true })
    await app.handle(deposit({ traceparent, 'idempotency-key': 'd-1' }))
    expect(one.seen).toEqual(two.seen)
    expect(one.seen).toMatchObject([
      {
        start: {
          entityId: 'acc-001',
          command: 'Deposit',
          requestId: 'request-1',
          commandId: 'd-1',
          traceparent,
        },
        end: { outcome: 'replied', revision: 1, cost: { requests: 2 } },
      },
    ])
    const [[commit] = []] = await Array.fromAsync(
      journal.commits({ entityType: 'account', entityId: 'acc-001' }, { fromRevision: 1 }),
    )
    expect(commit?.causes).toEqual([{ firstEvent: 0, eventCount: 1, traceparent }])
  })

  test('are told no cost that nobody asked for', async () => {
    const { seen, observer } = recorder()
    await openApp({ observers: [observer] }).app.handle(deposit())
    expect(seen.map(({ end }) => end.cost)).toEqual([undefined])
  })

  test.for([
    ['malformed', 'nonsense', undefined],
    ['sent twice', `${traceparent}, ${traceparent}`, undefined],
    ['of a later version', `${traceparent.replace('00', 'cc')}-${'x'.repeat(5_000)}`, traceparent],
  ] as const)('get a trace that is %s in the form of today or not at all', async ([, sent, told]) => {
    const { seen, observer } = recorder()
    const { app } = openApp({ observers: [observer] })
    expect((await app.handle(deposit({ traceparent: sent }))).status).toBe(204)
    expect(seen.map(({ start }) => start.traceparent)).toEqual([told])
  })
})
