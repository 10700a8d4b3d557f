import { fileURLToPath } from 'node:url'
import type { RowStore, Store } from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { readViews } from 'tailfold/views'
import { expect } from 'vitest'
import { sumsOne, sumsTwo } from '../views/sums-module.ts'
import type { CommandEnded } from './cli.ts'
import { fillCounters } from './rebuild-load.ts'

const module = ['--module', fileURLToPath(new URL('../views/sums-module.ts', import.meta.url))]
const entities = 12
const found = (rows: string) => `sums@2: ${rows} are behind.\n`

/** A database, and the command line that works on it. */
export interface ViewsDatabase {
  readonly store: Store
  readonly rows: RowStore
  /** Runs `tailfold`; `--store` is added. */
  cli(...args: readonly string[]): Promise<CommandEnded>
}

/** Makes a new version of a view by `tailfold views`, checks it, lets queries read it, and drops the old one. */
export async function moveToNewVersion({ store, rows, cli }: ViewsDatabase): Promise<void> {
  const views = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await cli('views', ...args)
    return `${exitCode} ${stdout}${stderr}`
  }
  await fillCounters({ store }, entities)
  expect(await views('rebuild', 'sums@1', ...module)).toMatch(/^0 sums@1: \d+ \w+ read, 12 rows written, /)
  expect(await views('switch', 'sums@2')).toMatch(/^1 Not switched: sums@2 was neither rebuilt nor /)
  const rebuilt = await views('rebuild', 'sums@2', ...module, '--json')
  expect(JSON.parse(rebuilt.slice(2))).toMatchObject({
    view: 'sums@2',
    written: 12,
    complete: true,
    failed: 0,
  })
  const right = `0 ${found('12 rows and 12 entities compared. 0 rows differ, 0 should not be there, 0 are missing, 0')}`
  expect(await views('check', 'sums@2', ...module)).toBe(right)

  await rows.remove(['w/sums@2/counter/c3'])
  const key = 'w/sums@2/counter/c4'
  await rows.write([{ row: { key, revision: 1, value: { sum: 99 } }, when: 1 }])
  expect(await views('check', 'sums@2', ...module)).toBe(
    `1 ${key} differs\nw/sums@2/counter/c3 is missing\n${found('11 rows and 12 entities compared. 1 rows differ, 0 should not be there, 1 are missing, 0')}Rows that are missing are made by a rebuild, and kept up by a consumer that runs since before it.\n`,
  )
  expect(await views('drop', 'sums@2', '--yes')).toBe('0 Removed 11 rows of sums@2.\n')
  expect(await views('rebuild', 'sums@2', ...module, '--rate', '1000')).toMatch(
    /^0 sums@2: .* 12 rows written, /,
  )
  expect(await views('check', 'sums@2', ...module)).toBe(right)

  expect(await views('switch', 'sums@2')).toBe(
    '0 Queries of sums read version 2 within 5 seconds.\nNo consumer of sums@2 was ever started: its rows do not follow what is written from now on. Start it, then rebuild again.\n',
  )
  const { sums } = readViews({ journal: keyValueJournal(store), rows, views: [sumsOne, sumsTwo] })
  expect((await sums.get('c4'))?.row).toEqual({ sum: 1, even: false })
  const { sums: two } = readViews({ journal: keyValueJournal(store), rows, views: [sumsTwo] })
  expect((await two.query('byEven', false)).rows).toHaveLength(entities)
  expect(await views('drop', 'sums@2', '--yes')).toMatch(/^1 Nothing was removed: queries read sums@2\./)
  expect(await views('drop', 'sums@1')).toBe('1 Nothing was removed. Add --yes to remove the rows.\n')
  expect(await views('drop', 'sums@1', '--yes')).toBe('0 Removed 12 rows of sums@1.\n')
  const { rows: left } = await rows.scan('', undefined, 100)
  expect(left.filter((row) => row.key.includes('sums@1'))).toEqual([])
}
