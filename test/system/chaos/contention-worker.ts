// Runs in a process of its own, see contention.ts: says `ready`, waits for `go`, deposits, tells how it fared.
import { contend } from '../../helpers/contention.ts'
import type { ContentionTask } from './contention.ts'
import { clientOf } from './database.ts'

const { address, writers, deposits } = JSON.parse(process.argv[2] ?? '') as ContentionTask
const clients = Array.from({ length: writers }, () => clientOf(address))

process.once('message', () => {
  void contend(clients, address.tableName, deposits, {}).then((result) => {
    process.send?.(result, () => process.disconnect())
    for (const client of clients) client.destroy()
  })
})
process.send?.('ready')
