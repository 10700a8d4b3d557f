import { join } from 'node:path'
import { memoryStore, type Store } from 'tailfold'
import { sqliteStore } from 'tailfold/sqlite'
import { describe, expect, test } from 'vitest'
import { readRepairArguments, repairIn } from '../../src/cli/repair.ts'
import { runCli } from '../helpers/cli.ts'
import { damageAccount } from '../helpers/damaged-account.ts'
import { blocksOf } from '../helpers/doc-blocks.ts'
import { temporaryFolder } from '../helpers/local-server.ts'
import { thrownBy } from '../helpers/thrown.ts'

const store = ['--store', 'sqlite:data/journal.sqlite']
const entity = ['--type', 'account', '--id', 'acc-001']
const seeHelp = 'See npx tailfold repair --help.'

describe('repair refuses a command line that is not understood:', () => {
  test.for<[readonly string[], string]>([
    [[], expect.stringMatching(/^Which store\? Add --store sqlite:<path>, dynamodb:<table>/)],
    [store, `Which entity? Add --type <type> and --id <id>. ${seeHelp}`],
    [[...store, '--type', 'account'], `Which entity? Add --id <id>. ${seeHelp}`],
    [[...store, ...entity, 'now'], `Unexpected argument "now". ${seeHelp}`],
    [[...store, ...entity, '--force'], `Unknown option '--force'. ${seeHelp}`],
  ])('%j', ([args, message]) => {
    expect(thrownBy(() => readRepairArguments(args))).toMatchObject({ name: 'UsageError', message })
  })
})

/** Runs the command over a store in memory; a person answers as given, or none is there. */
async function repaired(over: Store, flags: readonly string[] = [], answer?: string) {
  const request = readRepairArguments([...store, ...entity, ...flags])
  const asked: string[] = []
  let printed = ''
  const exitCode = await repairIn(over, request, {
    env: {},
    print: (text) => {
      printed += text
    },
    ask: answer === undefined ? undefined : async (question) => (asked.push(question), answer),
  })
  return { exitCode, printed, asked }
}

async function damaged() {
  const over = memoryStore()
  await damageAccount(over)
  const revisions = async () =>
    (await over.range('account/acc-001', 1, 100)).commits.map(({ revision }) => revision)
  return { over, revisions }
}

describe('repair', () => {
  test('prints what it found and would do, as docs/restore.md shows', async () => {
    const { over, revisions } = await damaged()
    const { exitCode, printed } = await repaired(over)
    const [shown] = blocksOf('docs/restore.md').filter(({ language }) => language === 'text')
    expect(printed).toBe(shown?.text)
    expect([exitCode, await revisions()]).toEqual([1, [1, 2, 3, 4, 5, 9, 10, 11, 12]])
  })

  test('removes after yes', async () => {
    const { over, revisions } = await damaged()
    const { exitCode, printed, asked } = await repaired(over, [], 'yes')
    expect(asked).toEqual(['Type yes to remove it: '])
    expect(printed).toMatch(/Repaired: removed 4 commits of account\/acc-001\.\n$/)
    expect([exitCode, await revisions()]).toEqual([0, [1, 2, 3, 4, 5]])
    expect(await repaired(over)).toMatchObject({
      exitCode: 0,
      printed: expect.stringContaining('nothing to repair'),
    })
  })

  test.for(['', 'y', 'no'])('removes nothing after %j', async (answer) => {
    const { over, revisions } = await damaged()
    const { exitCode, printed } = await repaired(over, [], answer)
    expect(printed).toMatch(/\nNothing was removed\.\n$/)
    expect([exitCode, (await revisions()).length]).toEqual([1, 9])
  })

  test('removes without asking with --yes', async () => {
    const { over, revisions } = await damaged()
    const { exitCode, asked } = await repaired(over, ['--yes'], 'no')
    expect([exitCode, asked, await revisions()]).toEqual([0, [], [1, 2, 3, 4, 5]])
  })

  test('prints JSON with --json, and never asks', async () => {
    const { over, revisions } = await damaged()
    const found = await repaired(over, ['--json'], 'yes')
    expect([found.exitCode, found.asked, (await revisions()).length]).toEqual([1, [], 9])
    expect(JSON.parse(found.printed)).toMatchObject({
      soundRevision: 5,
      damage: [
        { kind: 'gap', revision: 6, nextRevision: 9 },
        { kind: 'snapshot-ahead', revision: 10 },
      ],
      removal: { lastRevision: 5, commits: 4, events: 4 },
    })
    const done = await repaired(over, ['--json', '--yes'])
    expect(done.exitCode).toBe(0)
    expect(JSON.parse(done.printed)).toMatchObject({ result: { kind: 'repaired', removedCommits: 4 } })
  })

  test('says so where nothing is stored of the entity, which may be a misspelled id', async () => {
    const nothing = {
      exitCode: 1,
      printed: 'Nothing is stored of account/acc-001 in sqlite:data/journal.sqlite.\n',
    }
    expect(await repaired(memoryStore())).toMatchObject(nothing)
  })
})

describe('npx tailfold repair', { timeout: 60_000 }, () => {
  async function withFile(body: (url: string) => Promise<void>) {
    const folder = temporaryFolder()
    try {
      const file = join(folder.path, 'journal.sqlite')
      using opened = sqliteStore({ file })
      await damageAccount(opened)
      opened.close()
      await body(`sqlite:${file}`)
    } finally {
      folder.remove()
    }
  }

  test('reports and repairs a SQLite file', async () => {
    await withFile(async (url) => {
      const args = ['repair', '--store', url, ...entity]
      const report = await runCli(args)
      expect([report.exitCode, report.stderr]).toEqual([1, ''])
      expect(report.stdout).toMatch(/\nNothing was removed\. Add --yes to repair\.\n$/)
      const done = await runCli([...args, '--yes'])
      expect([done.exitCode, done.stderr]).toEqual([0, ''])
      const sound = await runCli(args)
      expect([sound.exitCode, sound.stdout]).toEqual([0, expect.stringContaining('nothing to repair')])
    })
  })

  test('exits with 2 on a file that does not exist, and prints its help', async () => {
    const missing = await runCli(['repair', '--store', 'sqlite:/nowhere/journal.sqlite', ...entity])
    expect(missing).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'There is no file /nowhere/journal.sqlite. Correct the path, or run npx tailfold store create --store sqlite:/nowhere/journal.sqlite.\n',
    })
    const help = await runCli(['repair', '--help'])
    expect([help.exitCode, help.stdout]).toEqual([0, expect.stringContaining('Usage: npx tailfold repair')])
  })
})
