import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger'
import fc from 'fast-check'
import { type CommandObserver, createEngine, type ErrorCode, KeyValueJournal, memoryStore } from 'tailfold'
import { jsonLog, type Logger } from 'tailfold/observe'
import { describe, expect, test, vi } from 'vitest'
import { catalogue } from '../../src/http/problem/catalogue.ts'
import { commandRoute } from '../../src/http/routes/command.ts'
import { levelOf } from '../../src/observe/command-record.ts'
import { virtualPlatform } from '../../src/testing/virtual-platform.ts'
import { command, openBank } from '../helpers/bank.ts'
import { vault, vaultCommands } from '../helpers/vault.ts'

const id = 'acc-001'
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

type Log = Logger['info']

function openLog() {
  const lines: string[] = []
  const last = () => JSON.parse(lines.at(-1) ?? 'null') as Record<string, unknown>
  return { lines, last, observer: jsonLog({ write: (line) => lines.push(line) }) }
}

describe('the log line of a command', () => {
  test('says who asked for what, what became of it and what it cost', async () => {
    const { lines, last, observer } = openLog()
    const bank = openBank().engine({ observers: [observer], costs: true })
    await bank.execute(id, command.deposit(100), {
      tenant: 'acme',
      requestId: 'request-1',
      principal: { id: 'user-17', roles: ['teller'] },
      traceparent,
    })
    expect(lines).toHaveLength(1)
    expect(last()).toEqual({
      level: 'info',
      timestamp: '2026-01-01T00:00:00.000Z',
      message: '~acme/account/acc-001 Deposit: replied',
      requestId: 'request-1',
      entity: { type: 'account', id, tenant: 'acme' },
      command: 'Deposit',
      outcome: 'replied',
      revisionBefore: 0,
      revision: 1,
      attempts: 1,
      conflicts: 0,
      replayed: false,
      replayedCommits: 0,
      requests: 2,
      readUnits: 0,
      writeUnits: 0,
      batch: 1,
      durationMs: 0,
      principal: 'user-17',
      traceId: '0af7651916cd43dd8448eb211c80319c',
    })
  })

  test('leaves out what is not known', async () => {
    const { last, observer } = openLog()
    await openBank()
      .engine({ observers: [observer] })
      .execute(id, command.deposit(1))
    const unknown = ['requestId', 'requests', 'readUnits', 'writeUnits', 'batch', 'principal', 'traceId']
    expect(Object.keys(last()).filter((name) => unknown.includes(name))).toEqual([])
  })

  test('tells a recorded answer from a new one, and counts lost races', async () => {
    const { last, observer } = openLog()
    const { engine } = openBank()
    const [ours, theirs] = [engine({ observers: [observer] }), engine()]
    await ours.execute(id, command.deposit(1), { commandId: 'd-1' })
    await ours.execute(id, command.deposit(1), { commandId: 'd-1' })
    expect(last()).toMatchObject({ replayed: true, revision: 1, outcome: 'replied' })
    await theirs.execute(id, command.deposit(1))
    await ours.execute(id, command.deposit(1))
    expect(last()).toMatchObject({
      conflicts: 1,
      attempts: 2,
      replayedCommits: 1,
      revisionBefore: 2,
      revision: 3,
    })
  })

  test.for([
    ['a refusal', 'info', 'rejected', command.withdraw(5), {}],
    ['what the caller can mend', 'warn', 'revision-mismatch', command.deposit(5), { expectedRevision: 7 }],
    ['a command nobody knows', 'warn', 'unhandled-command', { type: 'Nope' }, {}],
    [
      'what the makers must look at',
      'error',
      'conflict-budget-exhausted',
      command.deposit(5),
      { deadline: 0 },
    ],
  ] as const)('is of a level that fits %s', async ([, level, outcome, sent, options]) => {
    const { last, observer } = openLog()
    const bank = openBank().engine({ observers: [observer] })
    await bank.execute(id, sent as never, options).catch(() => {})
    expect([last()['level'], last()['outcome']]).toEqual([level, outcome])
  })
})

test('the level of an outcome fits its status over HTTP: warn below 500, error from there on', () => {
  // Found before the entity sees a command, or after it ended.
  const ofHttp =
    /^(malformed-json|cross-site-request|request-timeout|payload-too-large|unsupported-media-type|answer-too-large)$/
  const codes = commandRoute.problems.filter((code) => !ofHttp.test(code) && code !== 'rejected')
  expect(codes).toContain('too-many-rejections')
  expect(codes.map((outcome) => [outcome, levelOf({ outcome: outcome as ErrorCode })])).toEqual(
    codes.map((code) => [code, catalogue[code][0] < 500 ? 'warn' : 'error']),
  )
})

describe('a logger that is handed in', () => {
  test('gets message and fields by level, in place of lines', async () => {
    const logger = { info: vi.fn<Log>(), warn: vi.fn<Log>(), error: vi.fn<Log>() }
    const bank = openBank().engine({ observers: [jsonLog({ logger })] })
    await bank.execute(id, command.deposit(1), { requestId: 'r-1' })
    await bank.execute(id, { type: 'Nope' }).catch(() => {})
    expect(logger.info).toHaveBeenCalledExactlyOnceWith(
      'account/acc-001 Deposit: replied',
      expect.objectContaining({ requestId: 'r-1', revision: 1 }),
    )
    expect(logger.warn).toHaveBeenCalledExactlyOnceWith(
      'account/acc-001 Nope: unhandled-command',
      expect.objectContaining({ outcome: 'unhandled-command' }),
    )
    expect(logger.error).not.toHaveBeenCalled()
  })

  test('may be a Logger of Powertools for AWS Lambda', async () => {
    const lines: string[] = []
    const logger = new PowertoolsLogger({ serviceName: 'bank' })
    const print = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0)
    const bank = openBank().engine({ observers: [jsonLog({ logger })] })
    await bank.execute(id, command.deposit(1), { requestId: 'r-1' })
    print.mockRestore()
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({
        level: 'INFO',
        service: 'bank',
        message: 'account/acc-001 Deposit: replied',
        entity: { type: 'account', id },
        requestId: 'r-1',
        outcome: 'replied',
      }),
    ])
  })
})

describe('payloads', () => {
  /** Runs every kind of command with a secret, alone and beside others, and gives what was logged. */
  async function logOf(secret: string, observerOf: (write: (line: string) => void) => CommandObserver) {
    const lines: string[] = []
    const engine = createEngine(vault, {
      journal: new KeyValueJournal(memoryStore()),
      platform: virtualPlatform(),
      observers: [observerOf((line) => lines.push(line))],
      costs: true,
    })
    for (const commandId of [undefined, 'c-1'] as const) {
      await Promise.allSettled(
        vaultCommands.map((type) =>
          engine.execute('v-1', { type, text: secret } as never, {
            commandId: commandId && `${commandId}-${type}`,
            principal: { id: 'user-17', claim: secret },
          }),
        ),
      )
    }
    return lines
  }

  test('never get into a line: fields, events, replies, reasons, details, errors, claims', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[a-z0-9]{12}$/), async (random) => {
        const secret = `secret-${random}`
        const lines = await logOf(secret, (write) => jsonLog({ write }))
        expect(lines).toHaveLength(2 * vaultCommands.length)
        expect(lines.filter((line) => line.includes(secret))).toEqual([])
      }),
      { numRuns: 50 },
    )
  })

  test('would be found if one did', async () => {
    const leaky =
      (write: (line: string) => void): CommandObserver =>
      () =>
      (end) => {
        write(JSON.stringify(end.error?.cause instanceof Error ? end.error.cause.message : ''))
      }
    expect((await logOf('secret-1', leaky)).some((line) => line.includes('secret-1'))).toBe(true)
  })
})

test.for<[string, unknown]>([
  ['a logger in place of the options', console],
  ['an option that is misspelt', { log: console }],
  ['a logger that has no levels', { logger: { log() {} } }],
  ['a logger without info and warn', { logger: { error() {} } }],
  ['a writer that is no function', { write: 'stdout' }],
])('%s is a mistake found at construction', ([, options]) => {
  expect(() => jsonLog(options as object)).toThrow(TypeError)
})
