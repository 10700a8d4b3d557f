import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { createEngine, InMemoryJournal, systemPlatform } from 'tailfold'
import { consumer, createConsumers, follow } from 'tailfold/consumers'
import { sqliteJournal, sqliteRows, sqliteStore } from 'tailfold/sqlite'
import { view } from 'tailfold/views'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { readConsumersArguments } from '../../src/cli/consumers.ts'
import { tail } from '../../src/cli/consumers-tail.ts'
import { cliProgram, runCli } from '../helpers/cli.ts'
import { counter } from '../helpers/counter.ts'
import { sqliteFiles } from '../helpers/sqlite-files.ts'
import { thrownBy } from '../helpers/thrown.ts'

const { newFile } = sqliteFiles()
const store = ['--store', 'sqlite:data/journal.sqlite']
const seeHelp = 'See npx tailfold consumers --help.'

describe('consumers refuses a command line that is not understood:', () => {
  test.for<[readonly string[], string]>([
    [[], `The action must be one of tail, list, parked, retry, skip, catch-up, not nothing. ${seeHelp}`],
    [['list', 'more', ...store], `Unexpected argument "more". ${seeHelp}`],
    [['list', '--revision', '3', ...store], `--revision is an option of skip. ${seeHelp}`],
    [['list', '--from-beginning', ...store], `--from-beginning is an option of tail. ${seeHelp}`],
    [['parked', ...store], `Which consumer? Add its name, such as billing@1. ${seeHelp}`],
    [['retry', 'billing', ...store], `Which entity? Add its key, such as account/acc-001. ${seeHelp}`],
    [
      ['skip', 'billing', 'account/a', ...store],
      `Which commit? Add --revision <n>, as parked shows it. ${seeHelp}`,
    ],
    [['parked', '', ...store], `Which consumer? Add its name, such as billing@1. ${seeHelp}`],
    [
      ['retry', 'billing', 'counter/c d', ...store],
      `An entity is named by its key, such as account/acc-001, its id percent-encoded; not "counter/c d"; write counter/c%20d. ${seeHelp}`,
    ],
    [
      ['retry', 'billing', 'counter', ...store],
      `An entity is named by its key, such as account/acc-001, its id percent-encoded; not "counter". ${seeHelp}`,
    ],
    [['list', '--force', ...store], `Unknown option '--force'. ${seeHelp}`],
  ])('%j', ([args, message]) => {
    expect(thrownBy(() => readConsumersArguments(args))).toMatchObject({ name: 'UsageError', message })
  })
})

describe('consumers', { timeout: 30_000 }, () => {
  test('lists, shows what is parked, retries, skips and catches up, while a process follows', async () => {
    const file = newFile()
    using journal = sqliteJournal({ file })
    using rows = sqliteRows({ file })
    const engine = createEngine(counter, { journal, platform: systemPlatform })
    const seen: number[] = []
    let mended = false
    const adding = consumer({
      name: 'adding',
      from: counter,
      handle({ by }) {
        if (by === 13 && !mended) throw new Error('13 cannot be added')
        if (by === 14) throw new Error('14 cannot be added')
        seen.push(by)
      },
    })
    const following = follow(createConsumers({ journal, rows, consumers: [adding], onParked: () => {} }))
    for (const by of [1, 13, 14, 2]) await engine.execute('a', { type: 'Count', by })
    const at = ['--store', `sqlite:${file}`]
    const cli = async (...args: readonly string[]) => {
      const { stdout, stderr, exitCode } = await runCli(['consumers', ...args, ...at])
      return `${exitCode} ${stdout}${stderr}`
    }
    const parkedAt = (revision: number) =>
      vi.waitFor(
        async () => expect(await cli('parked', 'adding')).toContain(`counter/a  revision ${revision}`),
        { timeout: 15_000 },
      )
    await parkedAt(2)
    expect(await cli('parked', 'adding')).toMatch(/attempts 1 {2}handler-failed: 13 cannot be added\n$/)
    expect(await cli('list')).toMatch(
      /^0 adding@1 {2}from counter {2}started first \S+ {2}parked 1 {2}waiting 0\n$/,
    )
    expect(await cli('retry', 'summing', 'counter/a')).toBe(
      '1 There is no consumer summing@1: there are adding@1.\n',
    )
    mended = true
    expect(await cli('retry', 'adding', 'counter/a')).toBe('0 counter/a is delivered to adding@1 again.\n')
    await parkedAt(3)
    expect(await cli('skip', 'adding', 'counter/a', '--revision', '2')).toContain(
      'is not parked at revision 2',
    )
    expect(await cli('skip', 'adding', 'counter/a', '--revision', '3')).toContain('behind revision 3')
    await vi.waitFor(() => expect(seen).toEqual([1, 13, 2]), { timeout: 15_000 })
    expect(await cli('catch-up', 'adding@1')).toBe('0 adding@1 reads all events again.\n')
    await vi.waitFor(async () => {
      const [row] = await rows.get(['f/adding@1'])
      expect(row?.value).toMatchObject({ cursor: expect.stringMatching(/^4\./) })
    }, 15_000)
    await following.stop()
    expect(seen).toEqual([1, 13, 2])
  })

  test('does not skip for a view, whose row is made of the whole state', async () => {
    const file = newFile()
    using journal = sqliteJournal({ file })
    using rows = sqliteRows({ file })
    const engine = createEngine(counter, { journal, platform: systemPlatform })
    for (const by of [1, 12]) await engine.execute('a', { type: 'Count', by })
    const row = () => {
      throw new Error('13 has no row')
    }
    const sums = view({ name: 'sums', from: counter, row })
    const consumers = createConsumers({ journal, rows, consumers: [sums], onParked: () => {} })
    await consumers.deliver([{ key: 'counter/a', revision: 2 }])
    const cli = async (...args: readonly string[]) =>
      runCli(['consumers', ...args, '--store', `sqlite:${file}`])
    const before = await rows.get(['p/sums@1/counter/a'])
    expect(await cli('parked', 'sums')).toMatchObject({
      stdout: expect.stringMatching(
        /^counter\/a {2}since \S+ {2}attempts 1 {2}handler-failed: row of counter\/a in view sums@1 failed: 13 has no row\. Nothing was written\.\n$/,
      ),
    })
    expect(await cli('skip', 'sums', 'counter/a', '--revision', '1')).toEqual({
      exitCode: 1,
      stdout:
        'sums@1 is a view: its row is made of the whole state, so there is no commit to skip. Correct its function, or let it return null for this state; then: npx tailfold consumers retry sums@1 counter/a\n',
      stderr: '',
    })
    expect(await rows.get(['p/sums@1/counter/a'])).toEqual(before)
  })

  test('tail prints each event as it is committed', async () => {
    const file = newFile()
    using journal = sqliteJournal({ file })
    using followed = sqliteStore({ file })
    const engine = createEngine(counter, { journal, platform: systemPlatform })
    await engine.execute('a', { type: 'Count', by: 1 })
    const controller = new AbortController()
    const printed: string[] = []
    const print = (text: string) => void printed.push(text)
    const others: string[] = []
    const says = 'Each event from here on, as it is committed. Ctrl+C ends.\n'
    const begin = { fromBeginning: true, json: false }
    const [all, later] = [
      tail(followed, begin, { print }, controller.signal),
      tail(followed, { fromBeginning: false, json: true }, { print }, controller.signal),
    ]
    const fromHere = tail(
      followed,
      { fromBeginning: false, json: false },
      { print: (text) => void others.push(text) },
      controller.signal,
    )
    await vi.waitFor(() => expect([printed, others]).toEqual([[expect.any(String)], [says]]))
    await engine.execute('b', { type: 'Count', by: 2 }, { tenant: 'acme' })
    await vi.waitFor(() => expect(printed).toHaveLength(3))
    controller.abort()
    await Promise.all([all, later, fromHere])
    expect(others).toEqual([says, printed[1]])
    expect(printed.map((line) => line.replace(/\S+Z/, 'TIME'))).toEqual([
      'TIME  counter/a  1/1  {"type":"Counted","by":1}\n',
      'TIME  ~acme/counter/b  1/1  {"type":"Counted","by":2}\n',
      expect.stringContaining(
        '"entity":{"tenant":"acme","entityType":"counter","entityId":"b"},"revision":1',
      ),
    ])
  })

  test.for(['torn', '{"v":1}'])('tail says what is wrong with the record %s, and goes on', async (record) => {
    const file = newFile()
    using journal = sqliteJournal({ file })
    using followed = sqliteStore({ file })
    const engine = createEngine(counter, { journal, platform: systemPlatform })
    for (const id of ['a', 'b']) await engine.execute(id, { type: 'Count', by: 1 })
    using other = new DatabaseSync(file)
    other.prepare("UPDATE commits SET record = ? WHERE key = 'counter/a'").run(record)
    for (const json of [false, true]) {
      const controller = new AbortController()
      const printed: string[] = []
      const print = (text: string) => void printed.push(text)
      const ended = tail(followed, { fromBeginning: true, json }, { print }, controller.signal)
      await vi.waitFor(() => expect(printed).toHaveLength(2))
      controller.abort()
      await ended
      expect(printed[0]).toMatch(
        json
          ? /^\{"key":"counter\/a","revision":1,"error":"The journal of counter\/a is corrupt at revision 1/
          : /^counter\/a {2}1 {2}The journal of counter\/a is corrupt at revision 1/,
      )
      expect(printed[1]).toContain('"type":"Counted"')
    }
  })
})

test('tail ends when its reader has seen enough', { timeout: 30_000 }, async () => {
  const file = newFile()
  using journal = sqliteJournal({ file })
  const engine = createEngine(counter, { journal, platform: systemPlatform })
  await engine.execute('a', { type: 'Count', by: 1 })
  const args = [cliProgram, 'consumers', 'tail', '--from-beginning', '--store', `sqlite:${file}`]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  const exited = once(child, 'exit')
  await once(child.stdout, 'data')
  child.stdout.destroy()
  await engine.execute('a', { type: 'Count', by: 2 })
  expect(await exited).toEqual([0, null])
})

test('a consumer and a view that are not there are no success', { timeout: 30_000 }, async () => {
  const file = newFile()
  sqliteJournal({ file }).close()
  const rows = sqliteRows({ file })
  const adding = consumer({ name: 'adding', from: counter, handle() {} })
  await createConsumers({ journal: new InMemoryJournal(), rows, consumers: [adding] }).deliver([])
  rows.close()
  const at = ['--store', `sqlite:${file}`]
  const none = 'There is no consumer nope@1: there are adding@1.\n'
  expect(await runCli(['consumers', 'parked', 'nope', ...at])).toMatchObject({ exitCode: 1, stdout: none })
  expect(await runCli(['consumers', 'parked', 'adding', ...at])).toMatchObject({ exitCode: 0 })
  expect(await runCli(['views', 'drop', 'nope@1', '--yes', ...at])).toMatchObject({
    exitCode: 1,
    stdout: `There are no rows of nope@1. ${none}`,
  })
})
