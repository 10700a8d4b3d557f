import { afterAll } from 'vitest'
import { startWorker, type Workerd } from '../workers/workerd.ts'
import { createTables } from '../workers/d1-tables.ts'
import { workerSuite } from './worker-suite.ts'

let started: Promise<Workerd> | undefined

/** One Worker with three databases, their tables made by the migration. */
function start(): Promise<Workerd> {
  started ??= startWorker('./d1-worker.ts', {
    d1Databases: { PLAIN: 'plain', FEED: 'feed', EMPTY: 'empty' },
  }).then(async (workerd) => {
    await createTables(workerd, 'PLAIN')
    await createTables(workerd, 'FEED', true)
    await createTables(workerd, 'EMPTY', true)
    return workerd
  })
  return started
}
afterAll(async () => (await started)?.stop())

const units = { read: 'row read', write: 'row written' }

workerSuite({
  row: 'D1',
  start,
  query: 'plain',
  costs: { warm: [1, 2, 1], cold: [2, 6, 1], units },
})
workerSuite({
  row: 'D1 with a feed',
  start,
  query: 'feed',
  costs: { warm: [1, 3, 3], cold: [2, 7, 3], units },
})
