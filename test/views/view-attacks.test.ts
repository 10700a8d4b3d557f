import { createApp } from 'tailfold/http'
import { view, viewRoutes } from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { cart } from '../../functions/cart/cart.ts'
import { items, shop } from './carts.ts'

const row = ({ status }: { readonly status: string }) => ({ status })
const indexes = { byStatus: { by: ({ status }: { readonly status: string }) => status } }
const open = view({ name: 'open', from: cart, row, indexes })
const staff = view({ name: 'staff', from: cart, row: () => ({ status: 'for staff' }), indexes })

/** Carts of two tenants and of none, in two views, of which a caller of tenant `acme` may read one. */
async function attacked() {
  const all = shop()
  for (const tenant of [undefined, 'acme', 'globex'])
    await all.send('a', items(1)[0] as never, tenant === undefined ? {} : { tenant })
  await all.send('secret', items(1)[0] as never, { tenant: 'globex' })
  for (const each of [open, staff]) await all.deliver(all.open(each))
  const app = createApp({
    journal: all.journal,
    entities: [cart],
    authorize: (_request, _target, action) =>
      'view' in action && action.view === 'open' ? { tenant: 'acme' } : undefined,
    requireTenant: true,
    routes: viewRoutes({ journal: all.journal, rows: all.rows, views: [open, staff] }),
    onError() {},
  })
  return async (path: string, query = '', headers: Readonly<Record<string, string>> = {}) => {
    const { status, body = '' } = await app.handle({ method: 'GET', path, query, headers, body: undefined })
    return { status, body: JSON.parse(body) as { readonly rows?: readonly { readonly entityId: string }[] } }
  }
}

const forged = [
  '~globex/w/open@1/s:active',
  's:active',
  'w/staff@1/s:for staff',
  '../staff@1/s:for staff',
  'active\u0000',
  'active/../../~globex/w/open@1/s:active',
  '"~globex/w/open@1/s:active"',
]

describe('a caller of one tenant', () => {
  test('finds its own rows, and no view that it may not read', async () => {
    const get = await attacked()
    const { status, body } = await get('/views/open', 'value=active')
    expect([status, body.rows]).toMatchObject([200, [{ entityId: 'a' }]])
    for (const path of ['/views/staff', '/views/staff/a']) expect((await get(path)).status).toBe(403)
  })

  test.for(forged)('finds no row of others by the value %j', async (value) => {
    const get = await attacked()
    for (const query of [
      `value=${encodeURIComponent(value)}`,
      `value=active&from=${encodeURIComponent(value)}`,
    ]) {
      const { status, body } = await get('/views/open', query)
      expect([200, 400]).toContain(status)
      expect(JSON.stringify(body)).not.toMatch(/secret|for staff/)
      expect((body.rows ?? []).length).toBeLessThanOrEqual(1)
    }
  })

  test('reads no row of others by an id', async () => {
    const get = await attacked()
    for (const id of ['secret', '~globex%2Fw%2Fopen@1%2Fcart%2Fsecret', '..%2F~globex%2Fsecret', '%7Eglobex'])
      expect((await get(`/views/open/${id}`)).status).toBe(404)
  })

  test('reads no entity of others by Tailfold-After, of one row or of a list', async () => {
    const get = await attacked()
    for (const after of ['cart/secret@1', '~globex/cart/secret@1', 'cart/secret@1,~globex/cart/a@1']) {
      const headers = { 'tailfold-after': after }
      expect((await get('/views/open/secret', '', headers)).status).toBe(404)
      const { body } = await get('/views/open', 'value=active', headers)
      expect(body.rows).toMatchObject([{ entityId: 'a' }])
      expect(body.rows).toHaveLength(1)
    }
  })
})
