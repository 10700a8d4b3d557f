import { tracingChannel } from 'node:diagnostics_channel'
import { type CommandMessage, commandChannelName, diagnosticsChannel } from 'tailfold/observe'
import { afterEach, describe, expect, test } from 'vitest'
import { command, openBank } from '../helpers/bank.ts'

const id = 'acc-001'

describe('the tracing channel', () => {
  const channel = tracingChannel<CommandMessage>(commandChannelName)
  let subscriber: Parameters<typeof channel.subscribe>[0] | undefined

  function record() {
    const seen: Array<readonly [string, CommandMessage, unknown]> = []
    const note = (name: string) => (message: CommandMessage) => {
      seen.push([name, message, message.result?.outcome])
    }
    subscriber = {
      start: note('start'),
      end: note('end'),
      asyncStart: note('asyncStart'),
      asyncEnd: note('asyncEnd'),
      error: note('error'),
    }
    channel.subscribe(subscriber)
    return seen
  }

  afterEach(() => {
    if (subscriber !== undefined) channel.unsubscribe(subscriber)
    subscriber = undefined
  })

  test('is told how a command begins and ends, with one object for all', async () => {
    const seen = record()
    const bank = openBank().engine({ observers: [diagnosticsChannel()], costs: true })
    await bank.execute(id, command.deposit(5), { requestId: 'r-1', commandId: 'c-1' })
    expect(seen.map(([name, , outcome]) => [name, outcome])).toEqual([
      ['start', undefined],
      ['end', undefined],
      ['asyncStart', 'replied'],
      ['asyncEnd', 'replied'],
    ])
    const [message] = [...new Set(seen.map(([, shared]) => shared))]
    expect(seen.every(([, shared]) => shared === message)).toBe(true)
    expect(message).toEqual({
      entityType: 'account',
      entityId: id,
      command: 'Deposit',
      commandId: 'c-1',
      requestId: 'r-1',
      principal: undefined,
      traceparent: undefined,
      startedAt: Date.UTC(2026, 0, 1),
      result: expect.objectContaining({ outcome: 'replied', revision: 1, cost: expect.anything() }),
    })
  })

  test('is told the error of a command that failed, before it ends', async () => {
    const seen = record()
    const bank = openBank().engine({ observers: [diagnosticsChannel()] })
    await expect(bank.execute(id, { type: 'Nope' })).rejects.toMatchObject({ code: 'unhandled-command' })
    expect(seen.map(([name]) => name)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
    expect(seen[2]?.[1].error).toMatchObject({ code: 'unhandled-command' })
  })

  test('is not written to while nobody subscribes, even when somebody does before the end', async () => {
    const bank = openBank().engine({ observers: [diagnosticsChannel()] })
    const running = bank.execute(id, command.deposit(5))
    const seen = record()
    await running
    expect(seen).toEqual([])
    await bank.execute(id, command.deposit(5))
    expect(seen).toHaveLength(4)
  })
})
