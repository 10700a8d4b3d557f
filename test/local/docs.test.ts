import { InMemoryJournal } from 'tailfold'
import { createApp } from 'tailfold/http'
import { openApi } from 'tailfold/openapi'
import { describe, expect, test } from 'vitest'
import { room } from '../../functions/booking/room.ts'
import { withDocs } from '../../functions/local/docs.ts'
import { drivers } from '../helpers/http-drivers.ts'

const app = withDocs(
  createApp({
    journal: new InMemoryJournal(),
    entities: [room],
    authorize: 'everybody',
    onWarning: () => {},
    openapi: openApi({ title: 'Examples', version: '1.0.0' }),
  }),
)

describe.each(drivers)('the page at /docs, through $name', (driver) => {
  test('names scripts and styles that are served, and nothing of another host', async () => {
    await driver.run(app, async (send) => {
      const page = await send({ method: 'GET', path: '/docs' })
      expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
      for (const directive of ['default-src', 'base-uri', 'form-action', 'frame-ancestors']) {
        expect(page.headers['content-security-policy']).toContain(`${directive} 'none'`)
      }
      const named = [...page.body.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path]) => String(path))
      expect(named).toHaveLength(3)
      for (const path of named) {
        const { status, headers, body } = await send({ method: 'GET', path })
        expect([path, status, headers['x-content-type-options']]).toEqual([path, 200, 'nosniff'])
        expect(body.length).toBeGreaterThan(50)
      }
      expect(page.body).not.toMatch(/https?:/)
    })
  })

  test('leaves all other requests to the app', async () => {
    await driver.run(app, async (send) => {
      expect((await send({ method: 'HEAD', path: '/docs' })).body).toBe('')
      expect((await send({ method: 'GET', path: '/docs/package.json' })).status).toBe(404)
      expect((await send({ method: 'POST', path: '/docs' })).status).toBeGreaterThanOrEqual(404)
      expect((await send({ method: 'POST', path: '/room/blue/List' })).status).toBe(200)
    })
  })
})
