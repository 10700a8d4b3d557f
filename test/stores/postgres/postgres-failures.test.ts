import { postgresJournal, postgresStore, schemaSql } from 'tailfold/postgres'
import { describe, expect, test } from 'vitest'
import { rejectionOf, thrownBy } from '../../helpers/thrown.ts'

const record = { v: 1, id: 'c', h: 'hash' }

function failing(error: unknown) {
  return postgresStore({ client: { query: () => Promise.reject(error) } })
}

function sqlError(code: string, severity = 'ERROR') {
  return Object.assign(new Error('with a value of the row'), { code, severity })
}

describe('an error of PostgreSQL', () => {
  test.for([
    { code: '08006', severity: 'FATAL', applied: 'unknown', retryable: true, says: '(08006)' },
    { code: '22021', applied: 'no', retryable: false, says: 'refused a value' },
    { code: '23514', applied: 'no', retryable: false, says: 'a constraint that is not of Tailfold' },
    { code: '25006', applied: 'no', retryable: true, says: 'connect to the primary' },
    { code: '28P01', severity: 'FATAL', applied: 'no', retryable: false, says: 'refused the user' },
    { code: '3D000', severity: 'FATAL', applied: 'no', retryable: false, says: 'database does not exist' },
    { code: '3F000', applied: 'no', retryable: false, says: 'or createRowsSchema(client) for rows' },
    { code: '40001', applied: 'no', retryable: true, says: 'in favor of another' },
    { code: '42501', applied: 'no', retryable: false, says: 'grant this user USAGE' },
    { code: '42601', applied: 'no', retryable: false, says: 'does not take the statement' },
    { code: '42P01', applied: 'no', retryable: false, says: 'or createRowsSchema(client) for rows' },
    { code: '53100', applied: 'no', retryable: false, says: 'disk' },
    { code: '53300', severity: 'FATAL', applied: 'no', retryable: true, says: 'short of connections' },
    { code: '55P03', applied: 'no', retryable: true, says: 'lock_timeout' },
    { code: '57014', applied: 'no', retryable: true, says: 'statement_timeout' },
    { code: '57P01', severity: 'FATAL', applied: 'unknown', retryable: true, says: '(57P01)' },
    { code: '57P03', severity: 'FATAL', applied: 'no', retryable: true, says: 'starting up' },
    { code: 'TF001', applied: 'no', retryable: false, says: 'tables of another program' },
    { code: 'XX000', applied: 'no', retryable: true, says: '(XX000)' },
    { code: 'XX000', severity: 'PANIC', applied: 'unknown', retryable: true, says: '(XX000)' },
    { code: 'ECONNREFUSED', severity: '', applied: 'no', retryable: true, says: 'check that it runs' },
    { code: 'ECONNRESET', severity: '', applied: 'unknown', retryable: true, says: '(ECONNRESET)' },
  ])('$code $severity: applied $applied, retryable $retryable', async (row) => {
    const { code, severity, applied, retryable, says } = row
    const cause = sqlError(code, severity)
    const error = await rejectionOf(failing(cause).append('account/a', 1, record))
    expect(error).toMatchObject({
      code: 'store-unavailable',
      retryable,
      data: { operation: 'append', applied },
      message: expect.stringContaining(says),
      cause,
    })
    expect(String(error)).not.toContain('with a value of the row')
  })

  test('without a code leaves the outcome open, except where the pool gave no connection', async () => {
    const broken = await rejectionOf(failing(new Error('Connection terminated')).append('a/a', 1, record))
    expect(broken).toMatchObject({ retryable: true, data: { applied: 'unknown' } })
    const none = new Error('timeout exceeded when trying to connect')
    expect(await rejectionOf(failing(none).append('a/a', 1, record))).toMatchObject({
      retryable: true,
      data: { applied: 'no' },
    })
  })
})

describe('a request to PostgreSQL', () => {
  test('is not sent once its signal is aborted', async () => {
    let sent = 0
    const client = { query: async () => ({ rows: [{ sent: ++sent }] }) }
    const request = { signal: AbortSignal.abort() }
    const error = await rejectionOf(postgresStore({ client }).append('a/a', 1, record, request))
    expect(error).toMatchObject({ code: 'store-unavailable', data: { applied: 'no' } })
    expect(sent).toBe(0)
  })

  test('is given up when its signal aborts, and its cost is reported', async () => {
    const client = { query: () => new Promise<never>(() => {}) }
    const stop = new AbortController()
    let requests = 0
    const meter = () => void (requests += 1)
    const answer = postgresStore({ client }).append('a/a', 1, record, { signal: stop.signal, meter })
    stop.abort()
    expect(await rejectionOf(answer)).toMatchObject({ data: { applied: 'unknown' } })
    expect(requests).toBe(1)
  })

  test('uses no named prepared statement, which poolers do not keep', async () => {
    const sent: unknown[][] = []
    const client = {
      async query(...args: [text: string, values?: unknown[]]) {
        sent.push(args)
        return { rows: [] }
      },
    }
    const store = postgresStore({ client })
    await store.recover('a/a', 4)
    await store.range('a/a', 1, 4)
    expect(sent.map(([text, values]) => [typeof text, Array.isArray(values)])).toEqual([
      ['string', true],
      ['string', true],
    ])
  })
})

describe('a PostgreSQL store', () => {
  test('refuses wrong options', () => {
    const client = { query: async () => ({ rows: [] }) }
    for (const [make, says] of [
      [() => postgresStore({} as never), 'postgresJournal and postgresStore need { client: new pg.Pool('],
      [() => postgresJournal({} as never), 'postgresJournal and postgresStore need { client: new pg.Pool('],
      [() => postgresStore({ client, schema: 'a; DROP TABLE b' }), 'schema must be 1 to 63 lowercase'],
      [() => postgresStore({ client, maxRecordBytes: 0 }), 'maxRecordBytes must be a whole number'],
      [() => postgresJournal({ client, schema: 'A' }), 'schema must be 1 to 63 lowercase'],
      [() => schemaSql('1a'), 'schema must be 1 to 63 lowercase'],
    ] as const) {
      const error = thrownBy(make)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain(says)
    }
  })
})
