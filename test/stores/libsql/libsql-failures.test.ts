import { createSchema, type LibsqlClient, libsqlJournal, libsqlRows, libsqlStore } from 'tailfold/libsql'
import { describe, expect, test } from 'vitest'
import { rejectionOf, thrownBy } from '../../helpers/thrown.ts'

const record = { v: 1, id: 'c', h: 'hash' }

function clientWith(part: Partial<LibsqlClient>): LibsqlClient {
  const none = async () => ({ rows: [], rowsAffected: 0 })
  return {
    batch: async () => [],
    execute: none,
    reconnect: () => {},
    closed: false,
    protocol: 'http',
    ...part,
  }
}

const failing = (error: unknown) =>
  libsqlStore({ client: clientWith({ batch: () => Promise.reject(error) }) })

/** As `@libsql/client` throws; `index` is that of the statement that failed. */
function libsqlError(code: string, fields: { index?: number; cause?: object; message?: string } = {}) {
  const { index, cause, message = 'with a value of the row' } = fields
  const statementIndex = index === undefined ? {} : { statementIndex: index }
  return Object.assign(new Error(message, { cause }), { code, ...statementIndex })
}

const missing = 'SQLite error: no such table: commits'

/** What was thrown, and what it means. */
const errors = [
  [libsqlError('SQLITE_BUSY'), 'no', true, 'held the lock'],
  [libsqlError('SQLITE_LOCKED', { index: 0 }), 'no', true, 'a lock on the table'],
  [libsqlError('SQLITE_FULL'), 'no', false, 'disk'],
  [libsqlError('SQLITE_READONLY', { index: 0 }), 'no', false, 'write permission'],
  [libsqlError('SQLITE_CANTOPEN'), 'no', false, 'folder'],
  [libsqlError('SQLITE_NOTADB'), 'no', false, 'not a database'],
  [libsqlError('SQLITE_CORRUPT', { index: 1 }), 'no', false, 'restore a backup'],
  [libsqlError('SQLITE_TOOBIG', { index: 0 }), 'no', false, 'maxRecordBytes'],
  [libsqlError('SQLITE_CONSTRAINT', { index: 0 }), 'no', false, 'a constraint that is not of Tailfold'],
  [libsqlError('SQLITE_IOERR', { index: 0 }), 'no', true, 'SQLITE_IOERR'],
  // Its COMMIT failed, perhaps after the record was written.
  [libsqlError('SQLITE_IOERR'), 'unknown', true, 'SQLITE_IOERR'],
  [libsqlError('SQLITE_UNKNOWN', { index: 0, message: missing }), 'no', false, 'createSchema(client)'],
  [libsqlError('SQLITE_ERROR', { index: 0, message: missing }), 'no', false, 'createSchema(client)'],
  [libsqlError('SQLITE_UNKNOWN', { index: 0 }), 'no', true, 'SQLITE_UNKNOWN'],
  [libsqlError('BLOCKED', { index: 0 }), 'no', false, 'quota'],
  [libsqlError('TRANSACTION_TIMEOUT', { index: 0 }), 'no', true, 'took too long'],
  [libsqlError('TRANSACTION_CLOSED', { index: 1 }), 'no', true, 'rolled back'],
  [libsqlError('PROXY_ERROR', { index: 0 }), 'no', true, 'PROXY_ERROR'],
  [libsqlError('PROXY_ERROR'), 'unknown', true, 'PROXY_ERROR'],
  [libsqlError('SERVER_ERROR', { cause: { status: 400 } }), 'no', false, 'check the address'],
  [libsqlError('SERVER_ERROR', { cause: { status: 401 } }), 'no', false, 'authToken'],
  [libsqlError('SERVER_ERROR', { cause: { status: 404 } }), 'no', false, 'no such database'],
  [libsqlError('SERVER_ERROR', { cause: { status: 413 } }), 'no', false, 'maxRecordBytes'],
  [libsqlError('SERVER_ERROR', { cause: { status: 429 } }), 'no', true, 'too many requests'],
  [libsqlError('SERVER_ERROR', { cause: { status: 500 } }), 'unknown', true, 'SERVER_ERROR'],
  [libsqlError('SERVER_ERROR', { cause: { status: 504 } }), 'unknown', true, 'SERVER_ERROR'],
  [libsqlError('HRANA_WEBSOCKET_ERROR'), 'unknown', true, 'HRANA_WEBSOCKET_ERROR'],
  [libsqlError('CLIENT_CLOSED', { message: 'The client is closed' }), 'no', false, 'was closed'],
  [libsqlError('UNKNOWN', { message: 'Client is closed: manually' }), 'no', false, 'was closed'],
  [
    libsqlError('CLIENT_CLOSED', { message: 'It was closed while this operation was in flight' }),
    'no',
    true,
    'connection again',
  ],
  [new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }), 'no', true, 'check that it runs'],
  [new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } }), 'no', true, 'its address'],
  [new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } }), 'unknown', true, 'fetch failed'],
  ['a text', 'unknown', true, 'no usable answer'],
] as const

const rows = errors.map(([cause, applied, retryable, says]) => ({ cause, applied, retryable, says }))

describe('an error of libSQL', () => {
  test.for(rows)('$says: applied $applied, retryable $retryable', async (row) => {
    const { cause, applied, retryable, says } = row
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

  test('reaches who creates the tables', async () => {
    const execute = () => Promise.reject(libsqlError('SQLITE_READONLY'))
    const found = [
      { rows: [], rowsAffected: 0 },
      { rows: [], rowsAffected: 0 },
      { rows: [], rowsAffected: 0 },
    ]
    const client = clientWith({ protocol: 'file', execute, batch: async () => found })
    expect(await rejectionOf(createSchema(client))).toMatchObject({
      code: 'store-unavailable',
      retryable: false,
    })
  })
})

describe('a request to libSQL', () => {
  test('is not sent once its signal is aborted', async () => {
    let sent = 0
    const client = clientWith({ batch: async () => [{ rows: [], rowsAffected: ++sent }] })
    const request = { signal: AbortSignal.abort() }
    const error = await rejectionOf(libsqlStore({ client }).append('a/a', 1, record, request))
    expect(error).toMatchObject({ code: 'store-unavailable', data: { applied: 'no' } })
    expect(sent).toBe(0)
  })

  test('is given up when its signal aborts, and its cost is reported', async () => {
    const client = clientWith({ batch: () => new Promise<never>(() => {}) })
    const stop = new AbortController()
    let requests = 0
    const meter = () => void (requests += 1)
    const answer = libsqlStore({ client }).append('a/a', 1, record, { signal: stop.signal, meter })
    stop.abort()
    expect(await rejectionOf(answer)).toMatchObject({ data: { applied: 'unknown' } })
    expect(requests).toBe(1)
  })

  test('that found a file locked opens the connection again, except of a client that was closed', async () => {
    for (const [part, wanted] of [
      [{ protocol: 'file' }, 1],
      [{ protocol: 'file', closed: true }, 0],
      [{ protocol: 'http' }, 0],
    ] as const) {
      let reconnected = 0
      const client = clientWith({
        ...part,
        batch: () => Promise.reject(libsqlError('SQLITE_BUSY')),
        reconnect: () => void (reconnected += 1),
      })
      await rejectionOf(libsqlStore({ client }).append('a/a', 1, record))
      expect(reconnected).toBe(wanted)
    }
  })
})

describe('a libSQL store', () => {
  test('refuses wrong options', () => {
    const client = clientWith({})
    for (const [make, says] of [
      [
        () => libsqlStore({} as never),
        'libsqlJournal and libsqlStore need { client: createClient({ url }) }',
      ],
      [() => libsqlStore({ client, maxRecordBytes: 0 }), 'maxRecordBytes must be a whole number'],
      [() => libsqlJournal({ client: {} } as never), 'libsqlJournal and libsqlStore need { client'],
      [() => libsqlRows({} as never), 'libsqlRows needs { client'],
      [() => libsqlRows({ client, maxRowBytes: 1.5 }), 'maxRowBytes must be a whole number'],
    ] as const) {
      const error = thrownBy(make)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain(says)
    }
  })
})
