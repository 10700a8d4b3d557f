import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { InMemoryJournal } from 'tailfold'
import { createApp } from 'tailfold/http'
import { type NodeServer, nodeServer } from 'tailfold/node'
import { openApi } from 'tailfold/openapi'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { withDocs } from '../../../functions/local/docs.ts'
import { startChromium } from './chromium.ts'

let browser: Browser
let server: NodeServer
let port: number
/** Serves an empty page of another site. */
let elsewhere: Server
let page: Page

beforeAll(async () => {
  browser = await startChromium()
  const app = createApp({
    journal: new InMemoryJournal(),
    entities: [account],
    authorize: 'everybody',
    onWarning: () => {},
    openapi: openApi({ title: 'Examples', version: '1.0.0' }),
  })
  server = nodeServer(withDocs(app), { port: 0 })
  ;({ port } = await server.listen())
  elsewhere = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<p>'))
  elsewhere.listen(0, '127.0.0.1')
  await once(elsewhere, 'listening')
})
afterAll(async () => {
  await browser.close()
  await server.close()
  elsewhere.close()
})
beforeEach(async () => {
  page = await browser.newPage()
})
afterEach(() => page.close())

const deposit = `fetch('/account/a/Deposit', {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"amount":100}' })`

test('a name that an attacker lets point to this machine reaches nothing', async () => {
  const answer = await page.goto(`http://attacker.test:${port}/docs`)
  expect(answer?.status()).toBe(421)
  // Its page is of the same origin as the server, so all that protects it is the name.
  const statuses = `Promise.all([${deposit}, fetch('/account'), fetch('/openapi.json')].map(
    (sent) => sent.then(({ status }) => status)))`
  expect(await page.evaluate(statuses)).toEqual([421, 421, 421])
  expect((await fetch(`http://127.0.0.1:${port}/account/a`)).status).toBe(404)
})

test('the same page is served by the name of the machine', async () => {
  await page.goto(`http://localhost:${port}/docs`)
  expect(await page.evaluate(`${deposit}.then(({ status }) => status)`)).toBe(204)
})

test('a page of another site cannot frame /docs', async () => {
  await page.goto(`http://bank.test:${(elsewhere.address() as AddressInfo).port}/`)
  await page.evaluate(`new Promise((resolve) => {
    const frame = document.body.appendChild(document.createElement('iframe'))
    frame.onload = resolve
    frame.src = 'http://localhost:${port}/docs'
  })`)
  const texts = await Promise.all(page.frames().map((frame) => frame.content()))
  expect(texts.filter((text) => /Tailfold examples/.test(text))).toEqual([])
})
