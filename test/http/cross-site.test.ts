import type { CorsOptions } from 'tailfold/http'
import { describe, expect, test } from 'vitest'
import { openApp } from '../helpers/http-app.ts'

type Headers = Readonly<Record<string, string>>

const host = 'bank.example'
const listed: CorsOptions = { origins: ['https://shop.example'], credentials: true }
const any: CorsOptions = { origins: '*' }
const jsonBody = { 'content-type': 'application/json' }

const evil = { host, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
const shop = { host, origin: 'https://shop.example', 'sec-fetch-site': 'cross-site' }

async function checkOut(cors: CorsOptions | undefined, headers: Headers) {
  const { app, writes } = openApp(cors === undefined ? {} : { cors })
  const request = { path: '/counter/c/Count', query: '', headers, body: undefined }
  const { status, body = '{}' } = await app.handle({ method: 'POST', ...request })
  return { status, code: JSON.parse(body).code as string | undefined, written: writes() === 1 }
}

const refused = { status: 403, code: 'cross-site-request', written: false }
const carriedOut = { status: 204, code: undefined, written: true }

describe('a command without a body', () => {
  test.for<readonly [who: string, cors: CorsOptions | undefined, headers: Headers]>([
    ['a page of another site with mode no-cors', undefined, { ...evil, 'sec-fetch-mode': 'no-cors' }],
    ['a form of another site', undefined, { ...evil, 'content-type': 'application/x-www-form-urlencoded' }],
    ['a page of a sister domain', undefined, { ...evil, 'sec-fetch-site': 'same-site' }],
    ['a sandboxed frame', undefined, { ...evil, origin: 'null' }],
    ['a page of another site without Origin', undefined, { host, 'sec-fetch-site': 'cross-site' }],
    ['an unknown kind of site', undefined, { host, 'sec-fetch-site': 'other' }],
    ['an older browser', undefined, { host, origin: 'https://evil.example' }],
    ['an older browser in a sandboxed frame', undefined, { host, origin: 'null' }],
    ['an older browser in a sandboxed frame, without Host', undefined, { origin: 'null' }],
    [
      'an older browser whose origin begins like the host',
      undefined,
      { host, origin: `https://${host}.evil.example` },
    ],
    ['another port', undefined, { host, origin: `https://${host}:8443` }],
    ['a page that is not listed', listed, evil],
    ['a page that is not listed, though it sends JSON', listed, { ...evil, ...jsonBody }],
    ['a page of any origin that needs no preflight', any, evil],
    [
      'a page of any origin with text that mentions JSON',
      any,
      { ...evil, 'content-type': 'text/plain;json' },
    ],
    [
      'a page of any origin with text in disguise',
      any,
      { ...evil, 'content-type': 'text/plain; a=application/json' },
    ],
  ])('of %s is refused, and nothing is written', async ([, cors, headers]) => {
    expect(await checkOut(cors, headers)).toEqual(refused)
  })

  test.for<readonly [who: string, cors: CorsOptions | undefined, headers: Headers]>([
    ['curl and servers', undefined, {}],
    [
      'a page of the same origin',
      undefined,
      { ...evil, origin: `https://${host}`, 'sec-fetch-site': 'same-origin' },
    ],
    ['the user', undefined, { host, 'sec-fetch-site': 'none' }],
    ['an older browser on a page of the same origin', undefined, { host, origin: `https://${host}` }],
    [
      'a browser on a plain http: URL',
      undefined,
      { host: 'localhost:3000', origin: 'http://localhost:3000' },
    ],
    ['a host in capitals', undefined, { host: 'Bank.Example', origin: `https://${host}` }],
    ['a page that is listed', listed, shop],
    ['a page of any origin that the browser asked for', any, { ...evil, ...jsonBody }],
    ['a page of any origin with a key', any, { ...evil, 'idempotency-key': 'k' }],
  ])('of %s is carried out', async ([, cors, headers]) => {
    expect(await checkOut(cors, headers)).toEqual(carriedOut)
  })
})

test.for(['POST', 'PUT', 'PATCH', 'DELETE', 'post'])(
  'the method %s of another site is refused first',
  async (method) => {
    const { app } = openApp({ authorize: () => undefined })
    const answer = await app.handle({ method, path: '/nothing', query: '', headers: evil, body: undefined })
    expect(answer.status).toBe(403)
    expect(JSON.parse(answer.body ?? '').code).toBe('cross-site-request')
  },
)

test.for(['GET', 'HEAD', 'OPTIONS'])(
  '%s of another site is answered, and no page may read it',
  async (method) => {
    const { app } = openApp()
    const answer = await app.handle({ method, path: '/health', query: '', headers: evil, body: undefined })
    expect(answer.status).toBeLessThan(300)
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  },
)
