import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { InMemoryJournal, type StandardSchema } from 'tailfold'
import { createApp, type ServedEntity } from 'tailfold/http'
import { type OpenApiDocument, openApi } from 'tailfold/openapi'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { account } from '../../functions/bank/account.ts'
import { room } from '../../functions/booking/room.ts'
import { cart } from '../../functions/cart/cart.ts'
import { catalogue } from '../../src/http/problem/catalogue.ts'
import { textOf } from '../helpers/doc-blocks.ts'
import { drivers } from '../helpers/http-drivers.ts'
import { shelf } from '../helpers/http-shelf.ts'
import { checkDocument } from '../helpers/openapi-validator.ts'
import { schemaOf } from '../helpers/schema.ts'

const named = openApi({ title: 'Examples', version: '1.2.3' })

function openDescribed(...entities: readonly ServedEntity[]) {
  return createApp({
    journal: new InMemoryJournal(),
    entities,
    authorize: 'everybody',
    openapi: named,
    onWarning: () => {},
    onError: () => {},
  })
}

async function served(...entities: readonly ServedEntity[]): Promise<OpenApiDocument> {
  const { body = '' } = await openDescribed(...entities).handle(get('/openapi.json'))
  return JSON.parse(body) as OpenApiDocument
}

test.for([[[]], [['bearer']], [{ bearer: 'http' }], [{ bearer: null }]])(
  'security schemes that are no object of objects are a TypeError that says what to pass: %j',
  ([securitySchemes]) => {
    expect(() => openApi({ title: 'A', version: '1', securitySchemes: securitySchemes as never })).toThrow(
      /^securitySchemes must be an object with an object for each scheme, such as \{ bearer: /,
    )
  },
)

const get = (path: string) => ({ method: 'GET', path, query: '', headers: {}, body: undefined })

function post(command: string, fields: object) {
  const headers = { 'content-type': 'application/json' }
  return { ...get(`/room/blue/${command}`), method: 'POST', headers, body: JSON.stringify(fields) }
}

/** An entity whose command `Do` has this schema. */
function doing(Do: StandardSchema): ServedEntity {
  return { ...shelf, entityType: 'thing', commands: { Do }, events: {}, replies: {} }
}

function posting({ paths }: OpenApiDocument, path: string): { requestBody?: object; responses?: object } {
  return { ...paths[path]?.['post'] }
}

const schemaOfDo = (document: OpenApiDocument) => document.components['schemas']?.['thing.command.Do']

/** All `$ref`s of a document, where they may stand. */
function refsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) =>
    key === '$ref' && typeof part === 'string' ? [part] : refsOf(part),
  )
}

function at(document: unknown, ref: string): unknown {
  return ref
    .slice('#/'.length)
    .split('/')
    .map((key) => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], document)
}

describe('the document', () => {
  test.for([
    ['the examples', [account, cart, room]],
    ['schemas of every kind', [shelf]],
    ['a schema that refers to itself', [doing(recursive())]],
    ['names that no path and no component takes as they are', [odd()]],
  ] as const)('of %s is OpenAPI 3.1, and its references lead somewhere', async ([, entities]) => {
    const document = await served(...entities)
    expect((await checkDocument(document)).faults).toEqual([])
    const refs = refsOf(document)
    expect(refs.filter((ref) => at(document, ref) === undefined)).toEqual([])
    expect(refs.length).toBeGreaterThan(20)
  })

  test('would be found wrong in its frame and in its schemas', async () => {
    const document = await served(room)
    const { title: _, ...untitled } = document.info
    const frame = await checkDocument({ ...document, info: untitled })
    expect(frame.faults).toContain('#/info')
    const schemas = { ...document.components['schemas'], 'room.command.Book': { type: 'objekt' } }
    const inside = await checkDocument({ ...document, components: { ...document.components, schemas } })
    expect(inside.faults).toContain('#/components/schemas/room.command.Book/type')
  })

  test('has title and version as given, and is relative to where it is served', async () => {
    const { openapi, info, servers } = await served(room)
    expect({ openapi, info, servers }).toEqual({
      openapi: '3.1.0',
      info: { title: 'Examples', version: '1.2.3' },
      servers: [{ url: '.' }],
    })
  })

  test('has a path for each declared command, and one for all where none is declared', async () => {
    const { paths } = await served(account, room)
    expect(
      Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`)),
    ).toEqual([
      'get /account',
      'get /account/{id}',
      'get /account/{id}/events',
      'post /account/{id}/{Command}',
      'get /room',
      'get /room/{id}',
      'get /room/{id}/events',
      'post /room/{id}/Book',
      'post /room/{id}/Cancel',
      'post /room/{id}/List',
      'get /health',
    ])
  })

  test('describes each route that docs/http.md lists, but itself', async () => {
    const { paths } = await served(account)
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace('account', '{type}')}`),
    )
    const routes = /^## Routes$[^]*?^## /m.exec(textOf('docs/http.md'))?.[0] ?? ''
    const listed = [...routes.matchAll(/^\| `([A-Z]+ \/[^`?]*)[^`]*` \|/gm)].map(([, route]) => route)
    expect(new Set([...described, 'GET /openapi.json'])).toEqual(new Set(listed))
  })

  test('has each tag once, though an entity type be named like one', async () => {
    const { tags } = await served({ ...doing(z.object({})), entityType: 'server' })
    expect(tags).toEqual([{ name: 'server' }])
  })

  test('has operations with ids of their own, though a command be named like another route', async () => {
    const events = { ...doing(z.object({})), commands: { events: z.object({}), state: z.object({}) } }
    const { paths } = await served(events, room, account)
    const operations = Object.values(paths).flatMap(
      (item) => Object.values(item) as { operationId: string }[],
    )
    const ids = operations.map(({ operationId }) => operationId)
    expect(ids).toHaveLength(new Set(ids).size)
    expect(Object.keys(paths['/thing/{id}/events'] ?? {})).toEqual(['get', 'post'])
  })

  test('tells every problem code that may answer, under its status', async () => {
    const { components } = await served(room)
    const told = Object.entries(components['responses'] ?? {}).flatMap(([name, response]) => {
      const status = Number(name.split('-').at(-1))
      return [...JSON.stringify(response).matchAll(/"enum":(\[.*?\])/g)].flatMap(([, codes = '']) =>
        (JSON.parse(codes) as string[]).map((code) => `${code} ${status}`),
      )
    })
    // Of no route here: the last two are of routes that serve views.
    const elsewhere = [
      'unknown-entity-type',
      'method-not-allowed',
      'unknown-host',
      'view-behind',
      'row-not-found',
    ]
    const expected = Object.entries(catalogue).flatMap(([code, [status]]) =>
      elsewhere.includes(code) ? [] : [`${code} ${status}`],
    )
    expect([...new Set(told)].toSorted()).toEqual(expected.toSorted())
  })
})

describe('a body', () => {
  const book = { from: '2026-03-02T09:00:00Z', to: '2026-03-02T10:00:00Z', by: 'Ada' }
  test.for([
    book,
    { ...book, people: 20 },
    { ...book, people: 21 },
    { ...book, by: '' },
    { ...book, projector: true },
    { by: 'Ada' },
  ])('that the server takes fits its description, and no other: %o', async (body) => {
    const document = await served(room)
    const { accepts } = await checkDocument(document)
    const answer = await openDescribed(room).handle(post('Book', body))
    expect(await accepts('/components/schemas/room.command.Book', body)).toBe(answer.status === 200)
  })

  const a = z.object({ a: z.string() })
  const b = z.object({ b: z.number().default(1) })
  test.for([
    ['one of two, and each has one', z.union([a, z.object({ c: z.number() })]), true],
    ['one of two, and one has none', z.union([a, b]), false],
    ['told apart by their kind', z.discriminatedUnion('k', [z.object({ k: z.literal('x') })]), true],
    ['both of two', saying(() => ({ allOf: [{ type: 'object' }, { required: ['a'] }] })), true],
    ['described elsewhere', saying(() => ({ $ref: '#/$defs/A', $defs: { A: { required: ['a'] } } })), true],
    ['described by itself', saying(() => ({ $ref: '#' })), false],
    ['described nowhere', saying(() => ({ $ref: '#/$defs/100%' })), false],
  ] as const)('is required where it cannot be left out: %s', async ([, schema, required]) => {
    const document = await served(doing(schema))
    const answer = await openDescribed(doing(schema)).handle({
      ...post('', {}),
      path: '/thing/1/Do',
      body: '',
    })
    // The others only describe themselves, and take anything.
    const isRefused = schema instanceof z.ZodType ? answer.status === 400 : required
    expect(isRefused).toBe(required)
    expect(posting(document, '/thing/{id}/Do').requestBody).toMatchObject({ required })
  })

  test('is required where a field is', async () => {
    const document = await served(room)
    expect(posting(document, '/room/{id}/Book').requestBody).toMatchObject({ required: true })
    expect(posting(document, '/room/{id}/List').requestBody).toMatchObject({ required: false })
  })

  test.for([
    ['no JSON Schema of its library', schemaOf(() => ({ value: {} }))],
    ['a library that cannot say it', saying(unable)],
  ] as const)('of a schema with %s is a free object', async ([, schema]) => {
    const { paths, components } = await served(doing(schema))
    expect(paths['/thing/{id}/Do']?.['post']).toMatchObject({
      requestBody: { required: false, content: { 'application/json': { schema: { type: 'object' } } } },
    })
    expect(Object.keys(components['schemas'] ?? {})).toEqual(['Problem', 'Issue', 'AuditEvent'])
  })

  test.for([
    ['zod', z.object({ on: z.coerce.date(), by: z.string() })],
    ['valibot', toStandardJsonSchema(v.object({ on: v.date(), by: v.string() }))],
  ] as const)('of %s with one field that JSON Schema cannot say has all the others', async ([, schema]) => {
    expect(schemaOfDo(await served(doing(schema)))).toMatchObject({
      properties: { on: {}, by: { type: 'string' } },
      required: ['on', 'by'],
    })
  })

  test('keeps what only looks like a reference, and no field for its name', async () => {
    const value = { $ref: '#/$defs/Price' }
    const input = () => ({
      properties: {
        $ref: { const: value },
        price: { ...value, default: value },
        default: value,
        all: { $ref: '#' },
      },
      $defs: { Price: { examples: [value] } },
    })
    const placed = '#/components/schemas/thing.command.Do'
    expect(schemaOfDo(await served(doing(saying(input))))).toEqual({
      properties: {
        $ref: { const: value },
        price: { $ref: `${placed}/$defs/Price`, default: value },
        default: { $ref: `${placed}/$defs/Price` },
        all: { $ref: placed },
      },
      $defs: { Price: { examples: [value] } },
    })
  })

  test('of a schema that refers to itself is described at any depth', async () => {
    const { accepts } = await checkDocument(await served(doing(recursive())))
    const price = { $ref: 1 }
    const pointer = '/components/schemas/thing.command.Do'
    expect(await accepts(pointer, { parts: [{ parts: [], price }], price })).toBe(true)
    expect(await accepts(pointer, { parts: [{ parts: [], price: { $ref: 'x' } }], price })).toBe(false)
  })
})

describe('answers', () => {
  test('with a reply schema are 200 and never 204; without one they may be either', async () => {
    const document = await served(room)
    const { responses } = posting(document, '/room/{id}/Book')
    expect(responses).toMatchObject({
      200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/room.reply.Book' } } } },
    })
    expect(responses).not.toHaveProperty('204')
    expect(posting(document, '/room/{id}/Cancel').responses).toHaveProperty('204')
  })

  const book = { from: '2026-03-02T09:00:00Z', to: '2026-03-02T10:00:00Z', by: 'Ada' }
  const read = (path: string) =>
    `/paths/~1room~1%7Bid%7D${path}/get/responses/200/content/application~1json/schema`
  const refused = (status: number) =>
    `/components/responses/command-${status}/content/application~1problem+json/schema`
  test.for([
    { request: post('Book', { ...book, by: 'Bob' }), status: 422, pointer: refused(422) },
    { request: post('Book', { by: 5 }), status: 400, pointer: refused(400) },
    { request: post('Paint', {}), status: 400, pointer: refused(400) },
    { request: post('List', {}), status: 200, pointer: '/components/schemas/room.reply.List' },
    { request: get('/room/blue'), status: 200, pointer: read('') },
    { request: get('/room'), status: 200, pointer: read('').replace('~1%7Bid%7D', '') },
    { request: get('/room/blue/events'), status: 200, pointer: read('~1events') },
  ])('$status to $request.method $request.path $request.body fit their description', async (each) => {
    const { accepts } = await checkDocument(await served(room))
    const app = openDescribed(room)
    await app.handle(post('Book', book))
    const { status, body = '' } = await app.handle(each.request)
    expect(status).toBe(each.status)
    expect(await accepts(each.pointer, JSON.parse(body))).toBe(true)
  })

  test('of a list may be too large', async () => {
    const app = createApp({
      journal: new InMemoryJournal(),
      entities: [room],
      authorize: 'everybody',
      limits: { maxAnswerBytes: 1 },
      onWarning: () => {},
      onError: () => {},
    })
    const { status, body = '' } = await app.handle(get('/room'))
    const problem = JSON.parse(body) as { code: string }
    expect([status, problem.code]).toEqual([500, 'answer-too-large'])
    const { accepts } = await checkDocument(await served(room))
    expect(
      await accepts('/components/responses/list-500/content/application~1problem+json/schema', problem),
    ).toBe(true)
  })

  test('with a problem fit it by their code, which is one that may answer with that status', async () => {
    const { accepts } = await checkDocument(await served(room))
    const { body = '' } = await openDescribed(room).handle(post('Paint', {}))
    const problem = JSON.parse(body) as object
    expect(await accepts(refused(400), problem)).toBe(true)
    expect(await accepts(refused(400), { ...problem, code: 'handler-failed' })).toBe(false)
    expect(await accepts(refused(400), { ...problem, issues: ['no'] })).toBe(false)
  })
})

describe.each(drivers)('through $name', (driver) => {
  test('GET /openapi.json is the document, HEAD its headers, and nothing else applies there', async () => {
    await driver.run(openDescribed(room), async (send) => {
      const answer = await send({ method: 'GET', path: '/openapi.json' })
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json'])
      expect(JSON.parse(answer.body)).toEqual(await served(room))
      expect((await send({ method: 'HEAD', path: '/openapi.json' })).status).toBe(200)
      expect((await send({ method: 'POST', path: '/openapi.json' })).status).toBe(405)
    })
  })

  test('without a description it is not found', async () => {
    const app = createApp({ journal: new InMemoryJournal(), entities: [room], authorize: 'everybody' })
    await driver.run(app, async (send) => {
      const { status, body } = await send({ method: 'GET', path: '/openapi.json' })
      expect([status, JSON.parse(body)]).toMatchObject([404, { code: 'unknown-entity-type' }])
    })
  })
})

test.for<[string, unknown]>([
  ['no options', undefined],
  ['no title', { version: '1' }],
  ['a version that is no text', { title: 'Bank', version: 1 }],
  ['an option that is misspelt', { title: 'Bank', version: '1', securityScheme: {} }],
])('%s is a mistake found at construction', ([, options]) => {
  expect(() => openApi(options as never)).toThrow(/^(openApi|title|version) /)
})

test('the document is made once, for the first request', async () => {
  let made = 0
  const describing = { journal: new InMemoryJournal(), entities: [room] as const }
  const app = createApp({ ...describing, authorize: 'everybody', openapi: () => ({ made: ++made }) })
  expect(made).toBe(0)
  const bodies = [await app.handle(get('/openapi.json')), await app.handle(get('/openapi.json'))]
  expect(bodies.map(({ body }) => body)).toEqual(['{"made":1}', '{"made":1}'])
})

function recursive(): StandardSchema {
  const price = z.object({ $ref: z.number() }).meta({ id: 'Price' })
  const part = z.object({
    get parts() {
      return z.array(part)
    },
    price,
    note: z.literal('#/not/a/reference').default('#/not/a/reference'),
  })
  return part
}

function unable(): never {
  throw new Error('cannot say')
}

/** A schema whose library describes it by `input`. */
function saying(input: () => object): StandardSchema {
  const schema = schemaOf(() => ({ value: {} }))
  return { '~standard': { ...schema['~standard'], jsonSchema: { input } } } as StandardSchema
}

function odd(): ServedEntity {
  const names = ['Größe ändern', 'a/b', '{id}', '..', 'a.b', '$ref', 'events']
  const commands = Object.fromEntries(names.map((name) => [name, z.object({ name: z.literal(name) })]))
  return { ...shelf, commands, events: {}, replies: {} }
}
