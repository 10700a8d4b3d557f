import { type EntityKey, memoryStore, type Store } from 'tailfold'
import { keyValueJournal } from 'tailfold/store'
import { counted, writeHistory } from './written-history.ts'

const key: EntityKey = { entityType: 'account', entityId: 'acc-001' }
const name = 'account/acc-001'

/**
 * Puts the commits of account/acc-001 into a store as a restore to revision 5 and a process that was at 8 leave them:
 * 1 to 5 and 9 to 12, with the snapshot that the process wrote.
 */
export async function damageAccount(store: Store): Promise<void> {
  const whole = memoryStore()
  await writeHistory(keyValueJournal(whole), key, counted(...Array.from({ length: 12 }, () => 1)))
  const { commits } = await whole.range(name, 1, 12)
  for (const { revision, record } of commits) {
    if (revision <= 5 || revision >= 9) await store.append(name, revision, record)
  }
  const h = String(commits[9]?.record['h'])
  const record = { v: 1, ts: 0, n: 10, h, s: '{"balance":55}' }
  await store.saveSnapshot(name, { revision: 10, schemaVersion: 1, record })
}
