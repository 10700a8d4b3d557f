import { azureTablesStore } from 'tailfold/azure-tables'
import { describe, expect, test } from 'vitest'
import golden from '../../golden/azure-tables.json' with { type: 'json' }
import { fakeAzureTables } from '../../helpers/fake-azure-tables.ts'

type Row = Record<string, string>
const longKey = `account/${'n'.repeat(600)}`
const record = {
  v: 1,
  id: 'q3Jx',
  e: '[{"type":"Deposited","note":"Grüße, 日本 😀"}]',
  ts: 1_767_225_600_000,
}
/** Too long for one property, and cut in the middle of a pair of surrogates. */
const large = { e: `${'x'.repeat(31_993)}😀${'y'.repeat(40_000)}` }

/** Every kind of row. */
async function write(store: ReturnType<typeof azureTablesStore>): Promise<void> {
  await store.append('~acme/account/acc-001%2F.x', 1, record)
  await store.append('~acme/account/acc-001%2F.x', 2, large, {
    ids: [{ commandId: 'deposit-1\u0000', expiresAtEpochSeconds: 4_102_444_800 }],
  })
  await store.saveSnapshot('~acme/account/acc-001%2F.x', { revision: 2, schemaVersion: 3, record })
  await store.saveSnapshot('~acme/account/acc-001%2F.x//2', { revision: 1, schemaVersion: 2, record })
  await store.append(longKey, 1, record)
}

/** Long runs of a letter as their length, so that the file can be read. */
const shortened = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => name !== 'odata.etag')
      .map(([name, value]) => [
        name,
        value.replaceAll(/([nxy])\1{99,}/g, (run, letter) => `<${letter}*${run.length}>`),
      ]),
  )
const lengthened = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value.replaceAll(/<([nxy])\*(\d+)>/g, (_, letter: string, count) => letter.repeat(Number(count))),
    ]),
  )

describe('the stored form in Azure Tables', () => {
  test('is that of the golden file', async () => {
    const { options, rows } = fakeAzureTables()
    await write(azureTablesStore({ ...options, tableName: 'journal' }))
    expect([...rows.values()].map(shortened)).toEqual(golden)
  })

  test('of the golden file is read', async () => {
    const { options, rows } = fakeAzureTables()
    for (const row of golden as readonly Row[]) {
      const whole = lengthened(row)
      rows.set(`${whole['PartitionKey']}|${whole['RowKey']}`, whole)
    }
    const store = azureTablesStore({ ...options, tableName: 'journal' })
    const key = '~acme/account/acc-001%2F.x'
    expect(await store.recover(key, 4)).toEqual({
      snapshot: { revision: 2, schemaVersion: 3, record },
      commits: [
        { revision: 2, record: large },
        { revision: 1, record },
      ],
      more: false,
    })
    expect((await store.recover(`${key}//2`, 2)).snapshot).toEqual({ revision: 1, schemaVersion: 2, record })
    expect(await store.findCommandId?.(key, 'deposit-1\u0000')).toBe(2)
    expect((await store.range(longKey, 1, 2)).commits).toEqual([{ revision: 1, record }])
  })
})
