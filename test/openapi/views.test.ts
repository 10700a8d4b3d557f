import { InMemoryJournal, memoryRows } from 'tailfold'
import { createApp } from 'tailfold/http'
import { type OpenApiDocument, openApi } from 'tailfold/openapi'
import { projection, view, viewRoutes } from 'tailfold/views'
import { expect, test } from 'vitest'
import { account } from '../../functions/bank/account.ts'
import { cart } from '../../functions/cart/cart.ts'
import { carts } from '../views/carts.ts'
import { checkDocument } from '../helpers/openapi-validator.ts'

const deposits = projection({
  name: 'deposits',
  from: account,
  initialRow: { count: 0 },
  key: (_event, { timestamp }) => String(timestamp),
  on: { Deposited: ({ count }) => ({ count: count + 1 }), Withdrawn: (row) => row },
  indexes: { byCount: { by: ({ count }) => count } },
})
const plain = view({ name: 'plain', from: cart, row: ({ status }) => ({ status }) })
const both = view({
  name: 'both',
  from: [cart, { ...cart, entityType: 'basket' }],
  row: ({ status }) => ({ status }),
  indexes: { byStatus: { by: ({ status }) => status } },
})

/** The document of an app with these views. */
async function documentOf(views: Parameters<typeof viewRoutes>[0]['views']): Promise<OpenApiDocument> {
  const journal = new InMemoryJournal()
  const app = createApp({
    journal,
    entities: [cart],
    authorize: 'everybody',
    openapi: openApi({ title: 'Shop', version: '1' }),
    routes: viewRoutes({ journal, rows: memoryRows(), views }),
    onWarning() {},
  })
  const request = { method: 'GET', path: '/openapi.json', query: '', headers: {}, body: undefined }
  const { body = '' } = await app.handle(request)
  return JSON.parse(body) as OpenApiDocument
}

interface Operation {
  readonly parameters: ReadonlyArray<{ readonly name?: string }>
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>
}

const getOf = ({ paths }: OpenApiDocument, path: string) => paths[path]?.['get'] as Operation

test.for([{ views: [carts, plain, deposits] }, { views: [deposits, plain, carts] }])(
  'each view has the problems of its own, whatever other views are there',
  async ({ views }) => {
    const document = await documentOf(views)
    expect((await checkDocument(document)).faults).toEqual([])
    const codesOf = (path: string, status: string) => {
      const name = getOf(document, path).responses[status]?.$ref?.split('/').at(-1) ?? ''
      return /"enum":(\[[^\]]*\])/.exec(JSON.stringify(document.components['responses']?.[name]))?.[1]
    }
    for (const path of ['', '/{id}']) {
      expect(codesOf(`/views/carts${path}`, '503')).toBe('["store-unavailable","overloaded"]')
      expect(codesOf(`/views/deposits${path}`, '503')).toBe(
        '["store-unavailable","view-behind","overloaded"]',
      )
      expect(codesOf(`/views/carts${path}`, '500')).toContain('handler-failed')
    }
  },
)

test('parameters say which must be there, and what they may be', async () => {
  const document = await documentOf([carts, both])
  const parameter = (path: string, name: string) =>
    getOf(document, path).parameters.find((each) => each.name === name)
  expect(parameter('/views/carts', 'index')).toMatchObject({
    required: true,
    schema: { type: 'string', enum: ['byStatus', 'large'] },
  })
  expect(parameter('/views/both', 'index')).not.toHaveProperty('required')
  expect(parameter('/views/both', 'value')).toMatchObject({ required: true, schema: { type: 'string' } })
  expect(parameter('/views/both', 'order')).toMatchObject({ schema: { enum: ['ascending', 'descending'] } })
  expect(parameter('/views/both/{id}', 'type')).toMatchObject({
    required: true,
    schema: { type: 'string', enum: ['cart', 'basket'] },
  })
})
