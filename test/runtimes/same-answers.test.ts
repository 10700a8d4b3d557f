import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { WireRequest } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { openApp } from '../helpers/http-app.ts'
import { behindParser, drivers } from '../helpers/http-drivers.ts'

interface Case extends Pick<WireRequest, 'body' | 'cookies'> {
  readonly what: string
  readonly headers?: Readonly<Record<string, string>>
  readonly status: number
  readonly code?: string
}

const json = { 'content-type': 'application/json' }
const body = '{"amount":7}'
const bytes = (...parts: readonly (string | number[])[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)))

const bodies: readonly Case[] = [
  { what: 'a byte order mark as text', body: `\ufeff${body}`, status: 204 },
  { what: 'a byte order mark as bytes', body: bytes([0xef, 0xbb, 0xbf], body), status: 204 },
  { what: 'two byte order marks', body: `\ufeff\ufeff${body}`, status: 400, code: 'malformed-json' },
  { what: 'UTF-16', body: Buffer.from(`\ufeff${body}`, 'utf16le'), status: 400, code: 'malformed-json' },
  {
    what: 'bytes that are no UTF-8',
    body: bytes('{"note":"', [0xff], '"}'),
    status: 400,
    code: 'malformed-json',
  },
  { what: 'half a character', body: bytes('{"note":"', [0xc3], '"}'), status: 400, code: 'malformed-json' },
  { what: 'white space around', body: `\r\n\t ${body} \n`, status: 204 },
  { what: 'white space only', body: ' ', status: 400, code: 'malformed-json' },
  { what: 'NUL after it', body: `${body}\0`, status: 400, code: 'malformed-json' },
  { what: 'a list', body: '[]', status: 400, code: 'invalid-command' },
  { what: 'null', body: 'null', status: 400, code: 'invalid-command' },
  { what: 'a number', body: '7', status: 400, code: 'invalid-command' },
  { what: 'two values', body: `${body}${body}`, status: 400, code: 'malformed-json' },
  { what: 'an escaped lone surrogate', body: '{"amount":7,"note":"\\ud800"}', status: 204 },
  { what: 'characters beyond the BMP', body: '{"amount":7,"note":"\u{1f600}"}', status: 204 },
  {
    what: '262,144 bytes',
    body: `{"amount":7,"note":"${'x'.repeat(262_144 - 22)}"}`,
    status: 204,
  },
  {
    what: '262,145 bytes',
    body: `{"amount":7,"note":"${'x'.repeat(262_145 - 22)}"}`,
    status: 413,
    code: 'payload-too-large',
  },
  {
    what: '262,145 bytes in fewer characters',
    body: `{"amount":7,"note":"${'€'.repeat(90_000)}"}`,
    status: 413,
    code: 'payload-too-large',
  },
].map((each) => ({ headers: json, ...each }))

/** 50 MB, in 50 KB. */
const bomb = gzipSync(
  Buffer.concat([Buffer.from('{"amount":7,"note":"'), Buffer.alloc(50_000_000, 'x'), Buffer.from('"}')]),
)
const compressed = (coding: string) => ({
  headers: { ...json, 'content-encoding': coding },
  status: 415,
  code: 'unsupported-media-type',
})

const compressions: readonly Case[] = [
  { what: 'a gzip bomb', body: bomb, ...compressed('gzip') },
  { what: 'a gzip bomb in capitals', body: bomb, ...compressed('GZIP') },
  { what: 'a gzip bomb within another', body: gzipSync(bomb), ...compressed('gzip, gzip') },
  {
    what: 'a gzip bomb that says nothing of it',
    body: bomb,
    headers: json,
    status: 400,
    code: 'malformed-json',
  },
  {
    what: 'a gzip bomb that says it is none',
    body: bomb,
    headers: { ...json, 'content-encoding': 'identity' },
    status: 400,
    code: 'malformed-json',
  },
  { what: 'a small body in gzip', body: gzipSync(body), ...compressed('gzip') },
  { what: 'a small body in deflate', body: deflateSync(body), ...compressed('deflate') },
  { what: 'a small body in Brotli', body: brotliCompressSync(body), ...compressed('br') },
  { what: 'a body that says it is compressed and is not', body, ...compressed('gzip') },
  {
    what: 'a body that says it is not compressed',
    body,
    headers: { ...json, 'content-encoding': 'Identity' },
    status: 204,
  },
]

const headers: readonly Case[] = [
  { what: 'Content-Type in capitals', headers: { 'CONTENT-TYPE': 'APPLICATION/JSON' }, status: 204 },
  {
    what: 'Content-Type twice, in two cases',
    headers: { 'content-type': 'application/json', 'Content-Type': 'text/plain' },
    status: 415,
    code: 'unsupported-media-type',
  },
  {
    what: 'Content-Type twice, the other way round',
    headers: { 'Content-Type': 'text/plain', 'content-type': 'application/json' },
    status: 415,
    code: 'unsupported-media-type',
  },
  {
    what: 'Idempotency-Key twice, in two cases',
    headers: { ...json, 'Idempotency-Key': 'a', 'idempotency-key': 'b' },
    status: 400,
    code: 'invalid-command',
  },
  {
    what: 'Authorization twice, in two cases',
    headers: { ...json, Authorization: 'Bearer good', authorization: 'Bearer bad' },
    status: 401,
    code: 'unauthenticated',
  },
  { what: 'a cookie', headers: { ...json, Cookie: 'other=1; session=good' }, status: 204 },
  {
    what: 'a Cookie header in two cases',
    headers: { ...json, Cookie: 'other=1', cookie: 'session=good' },
    status: 204,
  },
  { what: 'cookies', headers: json, cookies: ['other=1', 'session=good'], status: 204 },
  {
    what: 'a cookie that does not fit',
    headers: { ...json, Cookie: 'session=bad' },
    status: 401,
    code: 'unauthenticated',
  },
  {
    what: 'names of object members',
    headers: { ...json, constructor: 'x', __proto__x: 'y', toString: 'z' },
    status: 204,
  },
  { what: 'an empty Accept', headers: { ...json, accept: '' }, status: 204 },
].map((each) => ({ body, ...each }))

/** A session is good unless the request says otherwise. */
const authorize = ({ headers: sent }: { readonly headers: Readonly<Record<string, string | undefined>> }) => {
  const { cookie = 'session=good', authorization = 'Bearer good' } = sent
  const isGood = /(^|; )session=good$/.test(cookie) && authorization === 'Bearer good'
  return isGood ? ('anonymous' as const) : ('unauthenticated' as const)
}

/** `app.handle` is not a runtime: it takes what runtimes make of requests. */
describe.each([behindParser, ...drivers.filter(({ name }) => name !== 'app.handle')])(
  'through $name',
  (driver) => {
    test.each([...bodies, ...compressions, ...headers])(
      '$what: $status',
      async ({ status, code, headers: sent, cookies, body: payload }) => {
        const { app, writes } = openApp({ authorize })
        await driver.run(app, async (send) => {
          const answer = await send({
            method: 'POST',
            path: '/account/a/Deposit',
            ...(sent && { headers: sent }),
            ...(cookies && { cookies }),
            ...(payload && { body: payload }),
          })
          const { code: answered } = (answer.body === '' ? {} : JSON.parse(answer.body)) as { code?: string }
          expect([answer.status, answered]).toEqual([status, code])
        })
        expect(writes()).toBe(status === 204 ? 1 : 0)
      },
    )
  },
)
