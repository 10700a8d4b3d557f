import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createEngine, systemPlatform } from 'tailfold'
import { catchUp, consumer, createConsumers } from 'tailfold/consumers'
import { sqliteJournal, sqliteRows } from 'tailfold/sqlite'
import { dropView, readViews, switchView } from 'tailfold/views'
import { describe, expect, test, vi } from 'vitest'
import { readViewsArguments } from '../../src/cli/views.ts'
import { runCli } from '../helpers/cli.ts'
import { counter } from '../helpers/counter.ts'
import { sqliteFiles } from '../helpers/sqlite-files.ts'
import { rejectionOf, thrownBy } from '../helpers/thrown.ts'
import { sumsOne, sumsTwo } from '../views/sums-module.ts'
import { holdAt, positionWrite } from '../../src/consumers/position-row.ts'

const { newFile } = sqliteFiles()
const program = fileURLToPath(new URL('../../src/cli/tailfold.js', import.meta.url))
const modulePath = fileURLToPath(new URL('../views/sums-module.ts', import.meta.url))
const store = ['--store', 'sqlite:data/journal.sqlite']
const nothingElse = ', 0 should not be there, 0 are missing, 0 are behind.\n'
const neverStarted =
  'was ever started: its rows do not follow what is written from now on. Start it, then rebuild again.\n'
const seeHelp = 'See npx tailfold views --help.'

describe('views refuses a command line that is not understood:', () => {
  test.for<[readonly string[], string]>([
    [[], `The action must be one of rebuild, check, switch, drop, not nothing. ${seeHelp}`],
    [['drop', ...store], `Which view? Add its name, such as orders@2. ${seeHelp}`],
    [['drop', 'orders', ...store], `Which version? Write orders@<version>. ${seeHelp}`],
    [['switch', 'orders@0', ...store], `Which version? Write orders@<version>. ${seeHelp}`],
    [['switch', 'orders@2', '3', ...store], `Unexpected argument "3". ${seeHelp}`],
    [
      ['switch', 'orders@2', '--module', 'views.ts', ...store],
      `--module is an option of rebuild and check. ${seeHelp}`,
    ],
    [['drop', 'orders@2', '--limit', '3', ...store], `--limit is an option of check. ${seeHelp}`],
    [['check', 'orders', ...store], `Which module exports the view? Add --module <file>. ${seeHelp}`],
    [
      ['rebuild', 'orders', '--module', 'a.ts', '--rate', 'fast', ...store],
      `--rate must be a whole number from 1 on, not "fast". ${seeHelp}`,
    ],
  ])('%j', ([args, message]) => {
    expect(thrownBy(() => readViewsArguments(args))).toMatchObject({ name: 'UsageError', message })
  })

  test('and names the table of rows as --rows says it', () => {
    const args = ['drop', 'orders@1', '--store', 'dynamodb:orders', '--rows', 'dynamodb:order-rows']
    expect(readViewsArguments(args).rows).toMatchObject({ rowsTable: 'order-rows' })
  })
})

/** A file with counters `c0` to `c<n>`, and the command line beside it. */
async function countersIn(count: number) {
  const file = newFile()
  const journal = sqliteJournal({ file })
  const rows = sqliteRows({ file })
  const engine = createEngine(counter, { journal, platform: systemPlatform })
  for (let n = 0; n < count; n++) await engine.execute(`c${n}`, { type: 'Count', by: n })
  const cli = async (...args: readonly string[]) => {
    const { stdout, stderr, exitCode } = await runCli(['views', ...args, '--store', `sqlite:${file}`])
    return `${exitCode} ${stdout}${stderr}`
  }
  return { file, journal, rows, engine, cli, module: ['--module', modulePath] as const }
}

describe('views', { timeout: 60_000 }, () => {
  test.for([
    ['drop', 'mail@1', '--force', '--yes'],
    ['drop', 'mail@2', '--yes'],
    ['switch', 'mail@2', '--force'],
  ])(
    'leave a consumer of events alone, which would be given all events again: %j',
    async ([action = '', id = '', ...more]) => {
      const { journal, rows, cli } = await countersIn(3)
      const given: string[] = []
      const mail = (version: number) =>
        consumer({ name: 'mail', version, from: counter, handle: (_, meta) => void given.push(meta.id) })
      const deliver = () => catchUp(createConsumers({ journal, rows, consumers: [mail(1), mail(2)] }))
      await deliver()
      const said = { drop: 'Nothing was removed', switch: 'Not switched' }[action]
      expect(await cli(action, id, ...more)).toMatch(
        new RegExp(`^1 ${said}: ${id} is a consumer of events, which has no rows`),
      )
      expect(await cli(action, id, '--json')).toBe('1 {"result":"no-view"}\n')
      await deliver()
      expect(given).toHaveLength(6)
      expect(await rejectionOf(dropView(mail(2), { rows, allTenants: true }))).toBeInstanceOf(TypeError)
      expect(await switchView('mail', 2, { rows, force: true })).toMatchObject({ kind: 'not-ready' })
      for (const each of [rows, journal]) each.close()
    },
  )

  test('rebuilds beside a process that writes, killed in the middle and started again, without a wrong row', async () => {
    const { file, journal, rows, engine, cli, module } = await countersIn(450)
    const live = createConsumers({ journal, rows, consumers: [sumsTwo] })
    const command = ['views', 'rebuild', 'sums@2', ...module, '--rate', '200', '--store', `sqlite:${file}`]
    const child = spawn(process.execPath, [program, ...command], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    let writes = 0
    const write = async () => {
      const id = `c${(writes * 7) % 500}`
      writes += 1
      const { revision } = await engine.execute(id, { type: 'Count', by: 1 })
      await live.deliver([{ key: `counter/${id}`, revision }])
    }
    await vi.waitFor(
      async () => {
        await write()
        const [place] = await rows.get(['u/sums@2/rebuild'])
        expect(place?.value).toMatchObject({ cursor: expect.any(String) })
      },
      { timeout: 20_000, interval: 5 },
    )
    child.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
    expect(await cli('switch', 'sums@2')).toContain('1 Not switched: sums@2 was neither rebuilt')

    let going = true
    const writing = (async () => {
      while (going) await write()
    })()
    const answer = await cli('rebuild', 'sums@2', ...module, '--json')
    going = false
    await writing
    const report = JSON.parse(answer.slice(2)) as { read: number }
    expect(report).toMatchObject({ view: 'sums@2', complete: true, failed: 0, parked: [] })
    // The first 200, at least, were read before the kill.
    expect(report.read).toBeLessThanOrEqual(300)
    const check = await cli('check', 'sums@2', ...module)
    expect(check).toMatch(
      /^0 sums@2: (\d+) rows and \1 entities compared\. 0 rows differ, 0 should not be there, 0 are missing, 0 are behind\.\n$/,
    )
    const { keys } = await allKeys(rows)
    for (let n = 0; n < 450; n++) expect(keys.has(`w/sums@2/counter/c${n}`)).toBe(true)
    rows.close()
    journal.close()
  })

  test('checks, switches and drops', async () => {
    const { journal, rows, cli, module } = await countersIn(10)
    for (const view of ['sums@1', 'sums@2', 'changed'])
      expect(await cli('rebuild', view, ...module)).toMatch(
        /^0 (\w+@\d): 10 entities read, 10 rows written, 0 unchanged, 0 newer meanwhile\. \d+ requests, 0 read units, 0 write units\.\nNo consumer of \1 was ever started: its rows do not follow what is written from now on\. Start it, then rebuild again\.\n$/,
      )
    expect(await cli('rebuild', 'sums@1', ...module)).toMatch(/, 10 unchanged[^]*was ever started/)
    expect(await cli('rebuild', 'sums', ...module)).toContain('2 Which version?')
    expect(await cli('rebuild', 'other', ...module)).toContain('exports no view other: there are ')
    expect(await cli('rebuild', 'sums', '--module', 'none.ts')).toBe('2 There is no file none.ts.\n')
    const [row] = await rows.get(['w/changed@1/counter/c7'])
    await rows.write([
      { row: { key: 'w/changed@1/counter/c7', revision: 1, value: { sum: 7 } }, when: row?.revision ?? 0 },
    ])
    expect(await cli('check', 'changed', ...module)).toBe(
      `1 w/changed@1/counter/c7 differs\nchanged@1: 10 rows and 10 entities compared. 1 rows differ${nothingElse}`,
    )
    await rows.remove(['w/changed@1/counter/c7'])
    await rows.write([{ row: { key: 'w/changed@1/counter/none', revision: 1, value: { sum: 7 } }, when: -1 }])
    expect(await cli('check', 'changed', ...module)).toBe(
      `1 w/changed@1/counter/none is of an entity that has no row\nw/changed@1/counter/c7 is missing\nchanged@1: 10 rows and 10 entities compared. 0 rows differ, 1 should not be there, 1 are missing, 0 are behind.\nRows that are missing are made by a rebuild, and kept up by a consumer that runs since before it.\n`,
    )
    const views = readViews({ journal, rows, views: [sumsOne, sumsTwo] })
    expect(await cli('drop', 'sums@1', '--yes')).toContain('1 Nothing was removed: queries read sums@1.')
    expect(await cli('switch', 'sums@2')).toBe(
      `0 Queries of sums read version 2 within 5 seconds.\nNo consumer of sums@2 ${neverStarted}`,
    )
    expect((await views.sums.get('c4'))?.row).toEqual({ sum: 4, even: true })
    expect(await cli('drop', 'sums@2', '--yes')).toContain('1 Nothing was removed: queries read sums@2.')
    expect(await cli('drop', 'sums@1')).toBe('1 Nothing was removed. Add --yes to remove the rows.\n')
    expect(await cli('drop', 'sums@1', '--yes', '--json')).toBe('0 {"result":"dropped","rows":10}\n')
    const { keys } = await allKeys(rows)
    expect([...keys].filter((key) => key.includes('sums@1'))).toEqual([])
    rows.close()
    journal.close()
  })

  test('counts as started what was delivered to, not what was rebuilt', async () => {
    const { file, journal, rows, cli, module } = await countersIn(1)
    const list = async () => (await runCli(['consumers', 'list', '--store', `sqlite:${file}`])).stdout
    await cli('rebuild', 'sums@1', ...module)
    expect(await list()).toBe('sums@1  from counter  never started  parked 0  waiting 0\n')
    await createConsumers({ journal, rows, consumers: [sumsOne] }).deliver([])
    expect(await list()).toMatch(/^sums@1 {2}from counter {2}started first \S+ {2}parked 0 {2}waiting 0\n$/)
    expect(await cli('rebuild', 'sums@1', ...module)).not.toContain('started')
    rows.close()
    journal.close()
  })

  test('says of a missing row that an entity is parked', async () => {
    const { journal, rows, cli, module } = await countersIn(2)
    const hold = holdAt('parked', 0, undefined, new Error('no'))
    const from = { revision: 0, stored: false }
    await rows.write([positionWrite('sums@1', 'counter/c1', from, { revision: 0, hold })])
    const text = await cli('check', 'sums@1', ...module)
    expect(text).toContain('w/sums@1/counter/c1 is missing\n')
    expect(text).toContain('after a retry: npx tailfold consumers parked sums@1 says why.\n')
    rows.close()
    journal.close()
  })
})

async function allKeys(rows: ReturnType<typeof sqliteRows>) {
  const keys = new Set<string>()
  for (let cursor: string | undefined; ; ) {
    const page = await rows.scan('', cursor, 1_000)
    for (const { key } of page.rows) keys.add(key)
    if (page.cursor === undefined) return { keys }
    ;({ cursor } = page)
  }
}
