import { azureTablesStore, createAzureTable, describeAzureTable } from 'tailfold/azure-tables'
import { describe, expect, test } from 'vitest'
import { fakeAzureTables } from '../../helpers/fake-azure-tables.ts'
import { rejectionOf, thrownBy } from '../../helpers/thrown.ts'

const record = { v: 1, id: 'c', h: 'h' }
const tableName = 'journal'
const append = (options: Parameters<typeof azureTablesStore>[0]) =>
  rejectionOf(azureTablesStore({ tableName, ...options }).append('a/a', 1, record))

describe('a refusal of Azure Tables', () => {
  test.for<[number, string, { applied: string; retryable: boolean; says: string }]>([
    [
      403,
      'AuthenticationFailed',
      { applied: 'no', retryable: false, says: 'copy the connection string again' },
    ],
    [
      403,
      'AuthorizationPermissionMismatch',
      { applied: 'no', retryable: false, says: 'Storage Table Data Contributor' },
    ],
    [403, 'AuthorizationFailure', { applied: 'no', retryable: false, says: 'the firewall' }],
    [403, 'KeyBasedAuthenticationNotPermitted', { applied: 'no', retryable: false, says: 'use a token' }],
    [
      404,
      'TableNotFound',
      {
        applied: 'no',
        retryable: false,
        says: 'create it with `npx tailfold store create --store azure-table:journal`',
      },
    ],
    [409, 'TableBeingDeleted', { applied: 'no', retryable: true, says: 'takes a minute' }],
    [413, 'RequestBodyTooLarge', { applied: 'no', retryable: false, says: 'lower maxRecordBytes' }],
    [429, '', { applied: 'no', retryable: true, says: 'status 429' }],
    [500, 'OperationTimedOut', { applied: 'unknown', retryable: true, says: 'OperationTimedOut' }],
    [
      400,
      'InvalidInput',
      { applied: 'no', retryable: false, says: 'does not take the request (InvalidInput)' },
    ],
  ])('%i %s says what to do', async ([status, code, { applied, retryable, says }]) => {
    const fake = fakeAzureTables()
    fake.refuseNext(status, code)
    expect(await append(fake.options)).toMatchObject({
      code: 'store-unavailable',
      retryable,
      data: { operation: 'append', applied },
      message: expect.stringContaining(says),
    })
  })

  test('that is throttling says when to try again, and not that nothing was written', async () => {
    const fake = fakeAzureTables()
    fake.refuseNext(503, 'ServerBusy', { 'retry-after': '2' })
    expect(await append(fake.options)).toMatchObject({
      retryable: true,
      data: { applied: 'unknown' },
      message: expect.stringContaining('(ServerBusy); retry after 2 s'),
    })
  })

  test('for a clock that is off names it; the next request uses the time of Azure', async () => {
    const fake = fakeAzureTables()
    fake.clockAheadMs = 3 * 60 * 60_000
    const store = azureTablesStore({ ...fake.options, tableName })
    expect(await rejectionOf(store.append('a/a', 1, record))).toMatchObject({
      retryable: true,
      data: { applied: 'no' },
      message: expect.stringContaining('the clock of this machine is off by 180 minutes'),
    })
    expect(await store.append('a/a', 1, record)).toEqual({ kind: 'appended' })
  })

  test('of a shared access signature in XML is understood', async () => {
    const body = `<?xml version="1.0"?><m:error xmlns:m="x"><m:code>AuthenticationFailed</m:code><m:message xml:lang="en-US">Signature not valid in the specified time frame</m:message></m:error>`
    const failed = append({
      endpoint: 'https://fake.table.core.windows.net/?sv=2020&sig=abc',
      fetch: async () => new Response(body, { status: 403 }),
    })
    expect(await failed).toMatchObject({
      message: expect.stringContaining('has expired, or is not valid yet'),
    })
  })
})

describe('a request to Azure Tables without an answer', () => {
  const withFetch = (fetch: typeof globalThis.fetch) => ({ ...fakeAzureTables().options, fetch })

  test('was not applied where no connection was made', async () => {
    const refused = new TypeError('fetch failed', {
      cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }),
    })
    expect(await append(withFetch(() => Promise.reject(refused)))).toMatchObject({
      retryable: true,
      data: { applied: 'no' },
      message: expect.stringContaining('no connection to Azure Tables (ECONNREFUSED)'),
    })
  })

  test('may have been applied where the connection broke', async () => {
    const broken = new TypeError('fetch failed', {
      cause: Object.assign(new Error(), { code: 'ECONNRESET' }),
    })
    expect(await append(withFetch(() => Promise.reject(broken)))).toMatchObject({
      data: { applied: 'unknown' },
    })
  })

  test('is not sent when nobody waits for it', async () => {
    const fake = fakeAzureTables()
    const store = azureTablesStore({ ...fake.options, tableName })
    const sent = store.append('a/a', 1, record, { signal: AbortSignal.abort() })
    expect(await rejectionOf(sent)).toMatchObject({ data: { applied: 'no' } })
    expect(fake.requests).toEqual([])
  })
})

describe('a connection to Azure Tables', () => {
  const connectionString = 'AccountName=bank;AccountKey=a2V5'
  test.for<[object, string]>([
    [{}, 'either a connectionString or an endpoint'],
    [{ connectionString, endpoint: 'https://bank.table.core.windows.net' }, 'either a connectionString or'],
    [{ connectionString: 'AccountName=bank' }, 'needs AccountName and AccountKey'],
    [{ connectionString: 'AccountKey=a2V5' }, 'needs AccountName, or TableEndpoint'],
    [{ connectionString: 'AccountName=bank;AccountKey=*' }, 'is no base64'],
    [{ endpoint: 'bank' }, 'endpoint must be an address'],
    [{ endpoint: 'https://bank.table.core.windows.net' }, 'needs a token'],
    [
      { connectionString: `${connectionString};TableEndpoint=https://bank-secondary.table.core.windows.net` },
      'name the primary one',
    ],
    [{ connectionString, tableName: 'my-journal' }, 'tableName must be 3 to 63 letters and digits'],
    [{ connectionString, maxRecordBytes: 600_000 }, 'maxRecordBytes must be at most 520000'],
  ])('%j is refused', ([options, says]) => {
    const thrown = thrownBy(() => azureTablesStore(options))
    expect(thrown).toMatchObject({ name: 'TypeError', message: expect.stringContaining(says) })
  })

  test.for<[object, string, string | null]>([
    [{ connectionString }, 'https://bank.table.core.windows.net/journal()', 'SharedKey bank:'],
    [
      { connectionString: 'UseDevelopmentStorage=true' },
      'http://127.0.0.1:10002/devstoreaccount1/journal()',
      'SharedKey devstoreaccount1:',
    ],
    [
      { connectionString: 'TableEndpoint=https://bank.example/;SharedAccessSignature=sv=2020&sig=a%3D' },
      'https://bank.example/journal()',
      null,
    ],
    [
      { endpoint: 'https://bank.table.core.windows.net/', token: () => 'entra' },
      'https://bank.table.core.windows.net/journal()',
      'Bearer entra',
    ],
  ])('%j leads to its account', async ([options, address, authorization]) => {
    let sent: { url: URL; header: string | null } | undefined
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const { url, headers } = new Request(input, init)
      sent = { url: new URL(url), header: headers.get('authorization') }
      return Response.json({ value: [] })
    }
    await azureTablesStore({ ...options, tableName, fetch }).recover('a/a', 2)
    expect(sent && sent.url.origin + sent.url.pathname).toBe(address)
    expect(sent?.header?.slice(0, authorization?.length)).toBe(authorization ?? undefined)
    expect(sent?.url.searchParams.get('sig')).toBe(authorization === null ? 'a=' : null)
  })
})

describe('a table of Azure', () => {
  test('is described, with what the credential may do', async () => {
    const { options } = fakeAzureTables()
    const endpoint = 'fake.table.core.windows.net'
    const report = { exists: true, endpoint, permissions: 'read, add, update' }
    expect(await describeAzureTable({ ...options, tableName })).toEqual(report)
    expect(await describeAzureTable({ ...options, tableName: 'other' })).toMatchObject({ exists: false })
    await expect(createAzureTable({ ...options, tableName })).resolves.toBeUndefined()
    await expect(azureTablesStore({ ...options, tableName }).verify?.()).resolves.toBeUndefined()
  })

  test('that is missing, or may not be written to, is found unfit', async () => {
    const { options, ...fake } = fakeAzureTables()
    const missing = azureTablesStore({ ...options, tableName: 'other' }).verify?.()
    expect(await rejectionOf(Promise.resolve(missing))).toMatchObject({
      retryable: false,
      message: expect.stringContaining('has no table other'),
    })
    fake.refuseNext(403, 'AuthorizationPermissionMismatch')
    const denied = azureTablesStore({ ...options, tableName }).verify?.()
    expect(await rejectionOf(Promise.resolve(denied))).toMatchObject({
      message: expect.stringContaining('may only add, update in table journal'),
    })
  })
})
