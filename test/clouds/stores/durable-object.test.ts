import { afterAll } from 'vitest'
import { startWorker, type Workerd } from '../workers/workerd.ts'
import { workerSuite } from './worker-suite.ts'

let started: Promise<Workerd> | undefined
function start(): Promise<Workerd> {
  started ??= startWorker('./object-worker.ts', {
    durableObjects: { OBJECTS: { className: 'Suite', useSQLite: true } },
  })
  return started
}
afterAll(async () => (await started)?.stop())

const units = { read: 'row read', write: 'row written' }

workerSuite({
  row: 'Durable Object',
  start,
  query: 'plain',
  costs: { warm: [1, 2, 1], cold: [2, 6, 1], units },
})
workerSuite({
  row: 'Durable Object with a feed',
  start,
  query: 'feed',
  costs: { warm: [1, 3, 3], cold: [2, 7, 3], units },
})
