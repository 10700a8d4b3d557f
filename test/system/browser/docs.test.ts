import type { Browser, Page } from 'playwright-core'
import { InMemoryJournal, memoryRows } from 'tailfold'
import { createConsumers, follow } from 'tailfold/consumers'
import { createApp } from 'tailfold/http'
import { type NodeServer, nodeServer } from 'tailfold/node'
import { openApi } from 'tailfold/openapi'
import { viewRoutes } from 'tailfold/views'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { balances } from '../../../functions/bank/balances.ts'
import { room } from '../../../functions/booking/room.ts'
import { withDocs } from '../../../functions/local/docs.ts'
import { startChromium } from './chromium.ts'

let browser: Browser
let server: NodeServer
let url: string
let following: ReturnType<typeof follow>
let page: Page
/** What the page asked for, and what it complained about. */
const requested: string[] = []
const complaints: string[] = []

beforeAll(async () => {
  browser = await startChromium()
  const journal = new InMemoryJournal()
  const rows = memoryRows()
  following = follow(createConsumers({ journal, rows, consumers: [balances] }))
  const examples = createApp({
    journal,
    routes: viewRoutes({ journal, rows, views: [balances] }),
    entities: [account, room],
    authorize: 'everybody',
    onWarning: () => {},
    openapi: openApi({ title: 'Examples', version: '1.0.0' }),
  })
  server = nodeServer(withDocs(examples), { port: 0 })
  ;({ url } = await server.listen())
  page = await browser.newPage()
  page.on('request', (request) => requested.push(request.url()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
})
afterAll(async () => {
  await browser.close()
  await server.close()
  await following.stop()
})

test('the page at /docs describes the entities, and a command sent from it is carried out', async () => {
  await page.goto(`${url}/docs`)
  await page.getByRole('heading', { name: /Examples/ }).waitFor()
  const book = page.locator('.opblock', { hasText: '/room/{id}/Book' })
  await book.locator('.opblock-summary').click()
  await book.getByPlaceholder('id', { exact: true }).fill('blue/1')
  const fields = { from: '2026-03-02T09:00:00Z', to: '2026-03-02T10:00:00Z', by: 'Ada' }
  await book.locator('textarea').fill(JSON.stringify(fields))
  await book.getByRole('button', { name: 'Execute' }).click()
  const answer = book.locator('.live-responses-table')
  await answer.waitFor()
  expect(await answer.textContent()).toContain('"number": 1')
  const state = await fetch(`${url}/room/blue%2F1`)
  expect(await state.json()).toMatchObject({ booked: 1, bookings: [{ ...fields, people: 1 }] })
})

test('the page at /docs describes the views, and a query sent from it is answered', async () => {
  const json = { 'content-type': 'application/json' }
  await fetch(`${url}/account/ada/Deposit`, { method: 'POST', headers: json, body: '{"amount":7}' })
  const query = page.locator('.opblock', { has: page.locator('[data-path="/views/balances"]') })
  await query.locator('.opblock-summary').click()
  await query.getByPlaceholder('value', { exact: true }).fill('positive')
  await query.getByRole('button', { name: 'Execute' }).click()
  const answer = query.locator('.live-responses-table')
  await answer.waitFor()
  expect(await answer.textContent()).toContain('"balance": 7')
})

test('the page asks nobody else for anything, and has nothing to complain about', async () => {
  expect(requested.length).toBeGreaterThan(3)
  expect(requested.filter((address) => !address.startsWith(url) && !address.startsWith('data:'))).toEqual([])
  expect(complaints).toEqual([])
})
