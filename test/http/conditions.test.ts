import { describe, expect, test } from 'vitest'
import { openApp } from '../helpers/http-app.ts'

const json = { 'content-type': 'application/json' }
type Headers = Readonly<Record<string, string>>

/** An app with `account/a` at revision 2, a balance of 3. */
async function openAccount(options: Parameters<typeof openApp>[0] = {}) {
  const opened = openApp(options)
  const send = (method: string, path: string, headers: Headers = {}, query = '') =>
    opened.app.handle({
      method,
      path,
      query,
      headers: { ...json, ...headers },
      body: method === 'POST' ? '{"amount":1}' : undefined,
    })
  const deposit = (headers: Headers = {}, id = 'a') => send('POST', `/account/${id}/Deposit`, headers)
  await deposit()
  await deposit()
  return { ...opened, send, deposit }
}

describe('a command', () => {
  test.for<readonly [headers: Headers, id: string, status: number]>([
    [{ 'if-match': '"2"' }, 'a', 204],
    [{ 'if-match': '"1"' }, 'a', 412],
    [{ 'if-match': '"1", "2"' }, 'a', 204],
    [{ 'if-match': ' "1" ,, "2",' }, 'a', 204],
    [{ 'if-match': '"1", "3"' }, 'a', 412],
    [{ 'if-match': 'W/"2"' }, 'a', 412],
    [{ 'if-match': 'W/"2", "2"' }, 'a', 204],
    [{ 'if-match': '"2~abc"' }, 'a', 204],
    [{ 'if-match': '"2~abc,def"' }, 'a', 204],
    [{ 'if-match': '"abc"' }, 'a', 412],
    [{ 'if-match': '"02"' }, 'a', 412],
    [{ 'if-match': '"-2"' }, 'a', 412],
    [{ 'if-match': '"2abc"' }, 'a', 412],
    [{ 'if-match': '""' }, 'a', 412],
    [{ 'if-match': '"ü"' }, 'a', 412],
    [{ 'if-match': '"0"' }, 'a', 412],
    [{ 'if-match': '*' }, 'a', 204],
    [{ 'if-match': '"0"' }, 'new', 204],
    [{ 'if-match': '"0", "1"' }, 'new', 204],
    [{ 'if-match': '*' }, 'new', 412],
    [{ 'if-match': '"abc"' }, 'new', 412],
    [{ 'if-none-match': '*' }, 'a', 412],
    [{ 'if-none-match': '*' }, 'new', 204],
    [{ 'if-none-match': '"2"' }, 'a', 412],
    [{ 'if-none-match': 'W/"2"' }, 'a', 412],
    [{ 'if-none-match': '"1", W/"2~abc"' }, 'a', 412],
    [{ 'if-none-match': '"1", "3"' }, 'a', 204],
    [{ 'if-none-match': '"abc"' }, 'a', 204],
    [{ 'if-match': '"2"', 'if-none-match': '*' }, 'a', 412],
    [{ 'if-match': '"2"', 'if-none-match': '*' }, 'new', 412],
    [{ 'if-match': '"0"', 'if-none-match': '*' }, 'new', 204],
    [{ 'if-match': '*', 'if-none-match': '"2"' }, 'a', 412],
    [{ 'if-match': '*', 'if-none-match': '"1"' }, 'a', 204],
    [{ 'if-match': '"1", "2"', 'if-none-match': '"2"' }, 'a', 412],
  ])('under %j to %s ends with %i', async ([headers, id, status]) => {
    const { deposit, writes } = await openAccount()
    const answer = await deposit(headers, id)
    expect([answer.status, writes()]).toEqual([status, status === 204 ? 3 : 2])
    const revision = id === 'new' ? 0 : 2
    expect(answer.headers['etag']).toBe(`"${status === 204 ? revision + 1 : revision}"`)
    const { code, actual } = JSON.parse(answer.body ?? '{}') as { code?: string; actual?: number }
    expect([code, actual]).toEqual(status === 412 ? ['revision-mismatch', revision] : [undefined, undefined])
  })

  test.for<Headers>([{ 'if-match': '2' }, { 'if-none-match': 'W/2' }, { 'if-none-match': '"2' }])(
    'under the malformed %j is invalid-command',
    async (headers) => {
      const { deposit, writes } = await openAccount()
      const answer = await deposit(headers)
      expect([answer.status, JSON.parse(answer.body ?? '').code, writes()]).toEqual([
        400,
        'invalid-command',
        2,
      ])
    },
  )

  test.for<Headers>([
    { 'if-match': '"0"' },
    { 'if-match': '"1"' },
    { 'if-match': '"1", "7"' },
    { 'if-match': 'W/"3"' },
    { 'if-none-match': '*' },
    { 'if-none-match': '"3"' },
  ])('answers with its recorded outcome whatever %j says', async (condition) => {
    const { deposit, writes } = await openAccount()
    await deposit({ 'idempotency-key': 'k' })
    const again = await deposit({ 'idempotency-key': 'k', ...condition })
    expect([again.status, again.headers['etag'], again.headers['idempotent-replayed'], writes()]).toEqual([
      204,
      '"3"',
      'true',
      3,
    ])
  })

  test('under a list of revisions is carried out once among many that race', async () => {
    const { deposit, writes } = await openAccount()
    const answers = await Promise.all(Array.from({ length: 8 }, () => deposit({ 'if-match': '"1", "2"' })))
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
    expect(writes()).toBe(3)
  })

  test('under If-None-Match: * is carried out once among many that race', async () => {
    const { deposit } = await openAccount()
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => deposit({ 'if-none-match': '*' }, 'new')),
    )
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      204,
      ...Array.from({ length: 7 }, () => 412),
    ])
  })
})

describe.each(['/account/a', '/account/a/events'])('reading %s', (path) => {
  test.for<readonly [headers: Headers, status: number]>([
    [{ 'if-match': '"2"' }, 200],
    [{ 'if-match': '"1", "2~abc"' }, 200],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': '"1"' }, 412],
    [{ 'if-match': 'W/"2"' }, 412],
    [{ 'if-match': 'nonsense' }, 412],
    [{ 'if-none-match': '"2"' }, 304],
    [{ 'if-none-match': 'W/"2"' }, 304],
    [{ 'if-none-match': '"1", "2"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"1"' }, 200],
    [{ 'if-none-match': '"2~abc"' }, 200],
    [{ 'if-none-match': '2' }, 200],
    [{ 'if-match': '"1"', 'if-none-match': '"2"' }, 412],
    [{ 'if-match': '"2"', 'if-none-match': '"2"' }, 304],
  ])('under %j ends with %i, for HEAD too', async ([headers, status]) => {
    const { send } = await openAccount()
    for (const method of ['GET', 'HEAD']) {
      const answer = await send(method, path, headers)
      expect([answer.status, answer.headers['etag']]).toEqual([status, '"2"'])
      expect(answer.body === undefined).toBe(status === 304 || method === 'HEAD')
    }
  })
})

test('a read of an entity that does not exist is 404 whatever its conditions', async () => {
  const { send } = await openAccount()
  for (const headers of [{ 'if-match': '*' }, { 'if-match': '"1"' }, { 'if-none-match': '*' }]) {
    expect((await send('GET', '/account/new', headers)).status).toBe(404)
  }
})

test('a past state is compared by its own revision', async () => {
  const { send } = await openAccount()
  expect((await send('GET', '/account/a', { 'if-none-match': '"2"' }, 'revision=1')).status).toBe(200)
  expect((await send('GET', '/account/a', { 'if-none-match': '"1"' }, 'revision=1')).status).toBe(304)
  expect((await send('GET', '/account/a', { 'if-match': '"2"' }, 'revision=1')).status).toBe(412)
})
