import type { WireRequest } from 'tailfold/testing'
import { describe, expect, test, vi } from 'vitest'
import { createApp } from 'tailfold/http'
import { openApp } from '../helpers/http-app.ts'
import { drivers } from '../helpers/http-drivers.ts'
import { secretValue, shelf } from '../helpers/http-shelf.ts'

function send(command: string, fields: unknown, headers: Record<string, string> = {}): WireRequest {
  return {
    method: 'POST',
    path: `/shelf/s-1/${command}`,
    body: JSON.stringify(fields),
    headers: { 'content-type': 'application/json', ...headers },
  }
}

const openShelf = () => openApp({ entities: [shelf] })

/** Answers to commands that schemas let pass. */
const parsed = [
  {
    rule: 'a transform and a default reach onCommand, an unknown field does not',
    request: send('Put', { item: ' pen ', extra: 1 }),
    status: 200,
    body: { item: 'pen', count: 1, unknown: [] },
  },
  {
    rule: '`type` and what the path says may be repeated in the body',
    request: send('Rename', { type: 'Rename', item: 'pen', to: 'quill' }),
    status: 204,
    body: undefined,
  },
  {
    rule: 'a schema may make what JSON cannot hold',
    request: send('Reserve', { until: '2026-03-01T00:00:00Z' }),
    status: 200,
    body: Date.UTC(2026, 2, 1),
  },
  {
    rule: 'an asynchronous schema is awaited',
    request: send('Order', { item: 'pen' }),
    status: 204,
    body: undefined,
  },
  {
    rule: 'so is one with promises of its own make',
    request: send('Inspect', {}),
    status: 204,
    body: undefined,
  },
]

const refused = [
  {
    rule: 'a field that does not fit, with its JSON Pointer',
    request: send('Put', { item: 5 }),
    status: 400,
    code: 'invalid-command',
    issues: [{ pointer: '/item', message: 'Invalid input: expected string, received number' }],
  },
  {
    rule: 'every issue, not the first',
    request: send('Put', { item: ' ', count: 0.5 }),
    status: 400,
    code: 'invalid-command',
    issues: [
      { pointer: '/item', message: expect.any(String) },
      { pointer: '/count', message: expect.any(String) },
    ],
  },
  {
    rule: 'no body, where fields are needed',
    request: { method: 'POST', path: '/shelf/s-1/Rename' },
    status: 400,
    code: 'invalid-command',
    issues: [
      { pointer: '/item', message: expect.any(String) },
      { pointer: '/to', message: expect.any(String) },
    ],
  },
  {
    rule: 'an unknown field, where the schema is strict',
    request: send('Rename', { item: 'pen', to: 'quill', by: 'me' }),
    status: 400,
    code: 'invalid-command',
    issues: [{ pointer: '', message: 'Unrecognized key: "by"' }],
  },
  {
    rule: 'nested fields, with `~` and `/` of their names escaped in the pointer',
    request: send('Stock', {
      items: [
        { sku: 'a', 'per/~box': 1 },
        { sku: 'b', 'per/~box': '2' },
      ],
    }),
    status: 400,
    code: 'invalid-command',
    issues: [{ pointer: '/items/1/per~1~0box', message: 'Invalid type: Expected number but received "2"' }],
  },
  {
    rule: 'what an asynchronous schema refuses',
    request: send('Order', { item: 'sold out' }),
    status: 400,
    code: 'invalid-command',
    issues: [{ pointer: '/item', message: 'is sold out' }],
  },
  {
    rule: 'what a schema refuses without an issue',
    request: send('Refuse', {}),
    status: 400,
    code: 'invalid-command',
    issues: [],
  },
  ...['Steal', 'constructor', '__proto__', 'toString', 'put', 'hasOwnProperty'].map((name) => ({
    rule: `a command named ${name}, which has no schema`,
    request: send(name, {}),
    status: 400,
    code: 'unhandled-command',
    issues: undefined,
  })),
  ...[
    { name: 'Crack', fields: { size: secretValue }, rule: 'an event that does not fit its schema' },
    { name: 'Misplace', fields: {}, rule: 'an event with a field that its schema does not know' },
    { name: 'Invent', fields: {}, rule: 'an event without a schema, though its name is one of every object' },
    {
      name: 'Answer',
      fields: { reply: { found: secretValue } },
      rule: 'a reply that does not fit its schema',
    },
    { name: 'Answer', fields: {}, rule: 'no reply, where there is a schema for it' },
    { name: 'Throw', fields: {}, rule: 'a schema that throws' },
    { name: 'Reject', fields: {}, rule: 'a schema that rejects' },
    { name: 'Flatten', fields: {}, rule: 'a schema that makes no object of the fields' },
  ].map(({ name, fields, rule }) => ({
    rule,
    request: send(name, fields),
    status: 500,
    code: 'handler-failed',
    issues: undefined,
  })),
] as const

describe.each(drivers)('through $name', (driver) => {
  test.each(parsed)('$rule', async ({ request, status, body }) => {
    const { app, writes } = openShelf()
    await driver.run(app, async (reach) => {
      const answer = await reach(request)
      expect([answer.status, answer.body && JSON.parse(answer.body)]).toEqual([status, body ?? ''])
      expect(writes()).toBe(1)
    })
  })

  test.each(refused)('refused, $status $code, and nothing written: $rule', async (each) => {
    const { app, failures, writes } = openShelf()
    await driver.run(app, async (reach) => {
      const answer = await reach(each.request)
      const { code, issues } = JSON.parse(answer.body) as { code: string; issues?: unknown }
      expect([answer.status, code, writes()]).toEqual([each.status, each.code, 0])
      expect(issues).toEqual(each.issues)
      expect(failures.map((failure) => failure.code)).toEqual(each.status < 500 ? [] : [each.code])
    })
  })

  test('a repeat under the same key and with the same raw fields is replayed; as the schema makes it, it is another', async () => {
    const { app, writes } = openShelf()
    await driver.run(app, async (reach) => {
      const key = { 'idempotency-key': 'k-1' }
      const first = await reach(send('Put', { item: ' pen ' }, key))
      const again = await reach(send('Put', { item: ' pen ' }, key))
      const other = await reach(send('Put', { item: 'pen', count: 1 }, key))
      expect([first.body, first.headers['idempotent-replayed']]).toEqual([again.body, undefined])
      expect([again.status, again.headers['idempotent-replayed']]).toEqual([200, 'true'])
      expect([other.status, (JSON.parse(other.body) as { code: string }).code]).toEqual([
        409,
        'command-id-reused',
      ])
      expect(writes()).toBe(1)
    })
  })

  test('a command that was not valid leaves its key free', async () => {
    const { app } = openShelf()
    await driver.run(app, async (reach) => {
      const key = { 'idempotency-key': 'k-1' }
      expect((await reach(send('Put', { item: 5 }, key))).status).toBe(400)
      expect((await reach(send('Put', { item: 'pen' }, key))).status).toBe(200)
    })
  })
})

describe('issues', () => {
  test('of a body of wrong values are told up to 64 K characters, and counted', async () => {
    const { app } = openShelf()
    const items = Array.from({ length: 20_000 }, () => ({ sku: 'a' }))
    const answer = await app.handle({
      ...send('Stock', { items }),
      query: '',
      headers: json,
      body: body(items),
    })
    const { issues, problem } = JSON.parse(answer.body ?? '') as { issues: unknown[]; problem: string }
    expect(problem).toBe('its fields do not fit the schema of Stock (20000 issues)')
    expect(issues.length).toBeGreaterThan(500)
    expect(answer.body?.length).toBeLessThan(200_000)
  })

  test.each([
    ['Crack', { size: secretValue }],
    ['Answer', { reply: { found: secretValue } }],
  ])('of %s are not logged, for they quote values; onError finds them', async (name, fields) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { journal, app, failures } = openShelf()
    const request = { ...send(name, fields), query: '', headers: json, body: JSON.stringify(fields) }
    await createApp({ journal, entities: [shelf], authorize: 'everybody' }).handle(request)
    const logged = log.mock.calls.flat().join()
    log.mockRestore()
    expect(logged).toContain('does not fit its schema (1 issue)')
    expect(logged).not.toContain(secretValue)
    await app.handle(request)
    expect(failures[0]?.error).toMatchObject({
      data: { issues: [{ message: expect.stringContaining(secretValue) }] },
    })
  })
})

const json = { 'content-type': 'application/json' }
const body = (items: unknown) => JSON.stringify({ items })
